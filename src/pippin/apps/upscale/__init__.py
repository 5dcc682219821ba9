"""`upscale`: sharper, larger photographs, with most of what the file says of itself."""

from pippin.core.application import Application, Lazy

application = Application(
    name="upscale",
    summary="makes photographs larger and sharper, by a network that learned from others",
    package="pippin.apps.upscale",
    input="image",
    answer="larger picture",
    metric="psnr_y",
    data=Lazy("pippin.apps.upscale.data:load"),
    learner=Lazy("pippin.apps.upscale.learner:Network"),
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
        "auto: photo for 2, else clean",
        "denoise": "how much noise to take away: 0 (none) to 1 (all), or auto",
        "strength": "how much of what the network adds is added: 0 is bicubic, 1 all",
        "format": "of the files written: same (as what was given), jpg, png, tif or webp",
    },
    tiny={"preset": "tiny"},
    measuring=("scale", "width", "fit", "denoise", "strength", "format"),
    check_settings=Lazy("pippin.apps.upscale.sizes:refuse_contradictions"),
    score=Lazy("pippin.apps.upscale.answers:score"),
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
    expand=Lazy("pippin.apps.upscale.films:expand"),
    sift=Lazy("pippin.apps.upscale.inputs:originals"),
    thumbnail=Lazy("pippin.apps.upscale.films:thumbnail"),
    exported=Lazy("pippin.apps.upscale.learner:exported"),
    commands=(
        Lazy("pippin.apps.upscale.commands:sample"),
        Lazy("pippin.apps.upscale.commands:added"),
        Lazy("pippin.apps.upscale.commands:pace"),
    ),
    output="image",
    extra="upscale",
)
