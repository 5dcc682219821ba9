"""`upscale`: sharper, larger photographs, with most of what the file says of itself."""

from pippin.core.application import Application, Lazy
from pippin.core.terms import Term

application = Application(
    name="upscale",
    summary="makes photographs larger and sharper",
    package="pippin.apps.upscale",
    input="image",
    answer="larger picture",
    metric="psnr_y",
    data=Lazy("pippin.apps.upscale.data:load"),
    learner=Lazy("pippin.apps.upscale.learner:UpscaleLearner"),
    config={
        "scale": 2.0,
        "width": 0,
        "fit": "",
        "preset": "auto",
        "denoise": "auto",
        "strength": 1.0,
        "format": "same",
    },
    options={
        "scale": "how many times as wide and high: any number from 1 (denoise and sharpen only) to 8; "
        "training takes 1, 2, 3 or 4",
        "width": "of the result in pixels, instead of --scale",
        "fit": "the box the result fits into, such as 4000x3000, instead of --scale",
        "preset": "clean (sharp pictures), photo (snapshots: blurred, noisy, compressed), best (clean, slower), tiny; "
        "auto: the image decides",
        "denoise": "how much noise to take away: 0 (none) to 1 (all), or auto",
        "strength": "how much of what the network adds is added: 0 is bicubic, 1 all",
        "format": "of the files written: same (as what was given), jpg, png, tif or webp",
    },
    tiny={"preset": "tiny"},
    measuring=("scale", "width", "fit", "denoise", "strength", "format"),
    check_settings=Lazy("pippin.apps.upscale.sizes:refuse_contradictions"),
    score=Lazy("pippin.apps.upscale.metrics:score"),
    without={"inspect": "its answers are images, which nothing beside them contradicts"},
    baselines={
        "edge filters": Lazy("pippin.apps.upscale.classical:EdgeFilters"),
        "bicubic": Lazy("pippin.apps.upscale.classical:Bicubic"),
        "Lanczos": Lazy("pippin.apps.upscale.classical:Lanczos"),
        "nearest": Lazy("pippin.apps.upscale.classical:Nearest"),
        "unsharp masking": Lazy("pippin.apps.upscale.sharpening:UnsharpMasking"),
    },
    quick_baseline="edge filters",
    variant=Lazy("pippin.apps.upscale.presets:variant"),
    expand=Lazy("pippin.apps.upscale.video_inputs:expand"),
    provenance=Lazy("pippin.apps.upscale.provenance:read_mark"),
    thumbnail=Lazy("pippin.apps.upscale.video_inputs:thumbnail"),
    exported=Lazy("pippin.apps.upscale.export:exported"),
    commands=(
        Lazy("pippin.apps.upscale.commands:sample"),
        Lazy("pippin.apps.upscale.commands:added"),
        Lazy("pippin.apps.upscale.commands:pace"),
        Lazy("pippin.apps.upscale.commands:probe"),
        Lazy("pippin.apps.upscale.commands:clip"),
    ),
    lasting=("clip",),
    output="image",
    extra="upscale",
    action="Enlarge a photo",
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
    page_commands=("added", "pace", "probe", "clip"),
)
