"""`flappy`: learns to play Flappy Bird from what it sees and what it scores alone; other games can be tried."""

from pippin.apps.flappy.config import FlappyConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term

here = refs(__name__)

application = Application(
    name="flappy",
    summary="learns to play Flappy Bird, or other games, from pixels",
    package=__name__,
    input="episode",
    output=Output("pipes passed"),
    data=Data(here("data:load"), amount="experience", validation=here("data:validation")),
    learner=here("learner:Agent"),
    methods=Methods(
        classical={
            "tabular Q-learning": here("classical:TabularQ"),
            "hand-made rule": here("classical:Rule"),
            "flap every n": here("classical:FixedPeriod"),
            "random": here("classical:RandomPolicy"),
        },
        quick="tabular Q-learning",
    ),
    scoring=Scoring("mean_pipes", here("scoring:score")),
    config=FlappyConfig,
    model=ModelInfo(
        variant=here("data:variant"),
        serves=here("data:serves"),
        extra="flappy",
        weights=({"package": "flappy-bird-gymnasium", "version": "0.4.0"},),
    ),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands:watch"), background=True),
        OwnCommand(here("commands:winnable"), background=True),
        OwnCommand(here("commands:sight"), page=True, always_logged=True),
    ),
    unsupported={"teach": "a game has no teacher's label", "inspect": "a game has no data to look through"},
    page=Page(
        action="Play",
        browser_files=here("browser_files:write_browser_files"),
        terms={
            "mean_pipes": Term("Mean pipes", "Pipes passed in a game, averaged over all games played to measure it."),
            "median_pipes": Term("Median pipes", "Half of the games passed at least as many pipes as this."),
            "min_pipes": Term("Worst game", "The pipes passed in the worst of all games."),
            "mean_return": Term("Mean return", "The rewards of a game added up, averaged over all games played."),
            "median_return": Term("Median return", "Half of the games returned at least as much as this."),
            "min_return": Term("Lowest return", "The return of the worst of all games."),
            "share_at_cap": Term(
                "Games won", "The share of games that reached the number of pipes at which a game ends."
            ),
            "watch": Term("Film a game", "Plays a game with the model in use and gives it to you as a film."),
            "winnable": Term(
                "Can these games be won?",
                "Tells how far a perfect player could get who knew every pipe to come, by trying all that can happen.",
            ),
        },
    ),
)
