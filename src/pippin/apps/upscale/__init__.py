"""`upscale`: sharper, larger photographs, with most of what the file says of itself."""

from pippin.apps.upscale.config import UpscaleConfig
from pippin.core.application import Application
from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.references import refs
from pippin.core.terms import Term

here = refs(__name__)

application = Application(
    name="upscale",
    summary="makes photographs larger and sharper",
    package=__name__,
    input="image",
    output=Output("larger image", kind="image"),
    data=Data(
        here("data:load"),
        expand=here("video_inputs:expand"),
        thumbnail=here("video_inputs:thumbnail"),
        provenance=here("provenance:read_mark"),
    ),
    learner=here("learner:UpscaleLearner"),
    methods=Methods(
        classical={
            "edge filters": here("classical:EdgeFilters"),
            "bicubic": here("classical:Bicubic"),
            "Lanczos": here("classical:Lanczos"),
            "nearest": here("classical:Nearest"),
            "unsharp masking": here("sharpening:UnsharpMasking"),
        },
        quick="edge filters",
    ),
    scoring=Scoring("psnr_y", here("metrics:score")),
    config=UpscaleConfig,
    model=ModelInfo(variant=here("presets:variant"), extra="upscale"),
    explain=here("explain:explain"),
    export=Export(here("export:export"), here("export:load_exported")),
    commands=(
        OwnCommand(here("commands:sample")),
        OwnCommand(here("commands:added"), page=True),
        OwnCommand(here("commands:pace"), page=True),
        OwnCommand(here("commands:probe"), page=True),
        OwnCommand(here("commands:clip"), page=True, background=True),
    ),
    unsupported={"inspect": "its answers are images, which nothing beside them contradicts"},
    page=Page(
        action="Enlarge a photo",
        browser_files=here("browser_files:write_browser_files"),
        terms={
            "psnr_y": Term(
                "PSNR (decibels)",
                "How near the brightness of each pixel comes to the true photograph; 3 more halves the squared error.",
            ),
            "ssim_y": Term("SSIM", "How alike the structure is to that of the true photograph; 1 is the same."),
            "ssimulacra2": Term(
                "SSIMULACRA 2", "How like the true photograph it looks to people: 90 is hard to tell apart, 50 is fair."
            ),
            "sample": Term("Save the sample images", "Gives you small rendered images, and what each should become."),
        },
    ),
)
