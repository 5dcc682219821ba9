"""`flappy`: learns to play Flappy Bird from what it sees and what it scores alone; other games can be tried."""

from pippin.core.application import Application, Lazy
from pippin.core.terms import Term

application = Application(
    name="flappy",
    summary="learns to play Flappy Bird, or other games, from pixels",
    package="pippin.apps.flappy",
    input="episode",
    answer="pipes passed",
    metric="mean_pipes",
    data=Lazy("pippin.apps.flappy.data:load"),
    learner=Lazy("pippin.apps.flappy.learner:Agent"),
    config={
        "env": "simulator",
        "observe": "auto",
        "preset": "laptop",
        "experience": 0,
        "entropy": 0.0,
        "skip": 3,
        "gravity": 1.0,
        "gap": 100,
        "speed": 4.0,
        "episodes": 100,
        "cap": 1000,
    },
    options={
        "env": "simulator (of the real game, 1,000 times faster), FlappyBird-v0 (the real game), or a Gymnasium id "
        "with countable actions (CartPole-v1 is tested, screens are experimental)",
        "observe": "pixels, state, or auto: what the environment shows by itself",
        "preset": "laptop (minutes) or tiny (seconds)",
        "experience": "frames to learn from; 0: as many as the preset says",
        "entropy": "reward for trying things at the beginning; 0: as the preset says",
        "skip": "frames a decision lasts: it flaps in the first or not, and idles for the rest; in other games seen as "
        "pixels the action is repeated",
        "gravity": "pixels a frame², 1 in the real game",
        "gap": "pixels between the upper and the lower pipe, 100 in the real game",
        "speed": "pixels the pipes move each frame, 4 in the real game",
        "episodes": "games to measure by, from seed 0 on; nothing ever learns from their seeds",
        "cap": "pipes after which a game counts as won and ends; other games' scores are cut there",
    },
    tiny={"preset": "tiny", "episodes": 12, "cap": 3},
    demo={"episodes": 9, "cap": 20},
    measuring=("env", "episodes", "cap"),
    score=Lazy("pippin.apps.flappy.scoring:score"),
    baselines={
        "tabular Q-learning": Lazy("pippin.apps.flappy.classical:TabularQ"),
        "hand-made rule": Lazy("pippin.apps.flappy.classical:Rule"),
        "flap every n": Lazy("pippin.apps.flappy.classical:FixedPeriod"),
        "random": Lazy("pippin.apps.flappy.classical:RandomPolicy"),
    },
    quick_baseline="tabular Q-learning",
    variant=Lazy("pippin.apps.flappy.data:variant"),
    exported=Lazy("pippin.apps.flappy.learner:exported"),
    commands=(
        Lazy("pippin.apps.flappy.commands:watch"),
        Lazy("pippin.apps.flappy.commands:winnable"),
        Lazy("pippin.apps.flappy.commands:sight"),
    ),
    local=("env",),  # Gymnasium imports the module that an environment's name begins with
    lasting=("watch", "winnable"),
    without={"teach": "a game has no teacher's label", "inspect": "a game has no data to look through"},
    amount="experience",
    requires=({"package": "flappy-bird-gymnasium", "version": "0.4.0"},),
    extra="flappy",
    action="Play",
    terms={
        "mean_pipes": Term("Mean pipes", "Pipes passed in a game, averaged over all games played to measure it."),
        "median_pipes": Term("Median pipes", "Half of the games passed at least as many pipes as this."),
        "min_pipes": Term("Worst game", "The pipes passed in the worst of all games."),
        "share_at_cap": Term("Games won", "The share of games that reached the number of pipes at which a game ends."),
        "watch": Term("Film a game", "Plays a game with the model in use and gives it to you as a film."),
        "winnable": Term(
            "Can these games be won?",
            "Tells how far a perfect player could get who knew every pipe to come, by trying all that can happen.",
        ),
    },
    page_commands=("sight",),
)
