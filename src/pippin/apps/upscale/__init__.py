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
    config={"scale": 2, "preset": "auto", "strength": 1.0, "format": "same"},
    options={
        "scale": "how many times as wide and high: 2, 3 or 4",
        "preset": "clean (sharp pictures), photo (snapshots: blurred, noisy, compressed), best (clean, slower), tiny; "
        "auto: photo for 2, else clean",
        "strength": "how much of what the network adds is added: 0 is bicubic, 1 all",
        "format": "of the files written: same (as what was given), jpg, png, tif or webp",
    },
    tiny={"preset": "tiny"},
    measuring=("strength", "format"),
    score=Lazy("pippin.apps.upscale.answers:score"),
    without={"inspect": "its answers are images, which nothing beside them contradicts"},
    baselines={
        "edge filters": Lazy("pippin.apps.upscale.classical:EdgeFilters"),
        "bicubic": Lazy("pippin.apps.upscale.classical:Bicubic"),
        "Lanczos": Lazy("pippin.apps.upscale.classical:Lanczos"),
        "nearest": Lazy("pippin.apps.upscale.classical:Nearest"),
    },
    quick_baseline="edge filters",
    variant=Lazy("pippin.apps.upscale.presets:variant"),
    expand=Lazy("pippin.learn.picture_files:pictures"),
    provenance=Lazy("pippin.apps.upscale.provenance:read_mark"),
    thumbnail=Lazy("pippin.learn.thumbnails:thumbnail"),
    exported=Lazy("pippin.apps.upscale.learner:exported"),
    commands=(
        Lazy("pippin.apps.upscale.commands:sample"),
        Lazy("pippin.apps.upscale.commands:added"),
        Lazy("pippin.apps.upscale.commands:pace"),
    ),
    output="image",
    extra="upscale",
)
