"""What tells one head from another, and what changes from one photograph of it to the next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Face:
    """A head; lengths in 10 cm, colours as "rrggbb" in sRGB, shares from 0 to 1."""

    skin: str = "d9a98a"
    width: float = 1.0  # of the whole head, over the usual
    jaw: float = 0.5  # half its width
    jaw_height: float = -0.72
    chin: float = -1.12
    chin_width: float = 0.2
    cheeks: float = 0.0  # fullness
    cheekbones: float = 0.0
    forehead: float = 0.0  # how far it bulges
    brow_ridge: float = 0.02
    eye_spacing: float = 0.325
    eye_height: float = 0.0
    eye_width: float = 0.165
    eye_opening: float = 0.062
    eye_tilt: float = 0.0
    eye_depth: float = 0.0
    lid_crease: float = 1.0
    iris: str = "4a2f1c"
    brow: str = "3a281c"
    brow_height: float = 0.2
    brow_thickness: float = 0.035
    brow_arch: float = 0.05
    brow_tilt: float = 0.0
    nose_length: float = 0.44
    nose_width: float = 0.15
    nose_tip: float = 0.1
    nose_height: float = 0.2
    nose_bridge: float = 0.06
    nose_hump: float = 0.0
    mouth_height: float = -0.7
    mouth_width: float = 0.25
    upper_lip: float = 0.05
    lower_lip: float = 0.075
    lip: str = "b0645a"
    ears: float = 1.0
    age: float = 0.0  # depth of folds and lines
    freckles: float = 0.0
    hair: str = "3a281c"
    hair_style: str = "short"  # bald, short, receding, long, bob, afro, bun
    hairline: float = 0.68
    parting: float = 0.0
    beard: float = 0.0
    moustache: float = 0.0
    stubble: float = 0.0
    glasses: str = ""
    neck: float = 0.44
    seed: int = 0


@dataclass(frozen=True)
class Shot:
    """A photograph: pose in degrees, expression, light, clothes, what lies behind."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    smile: float = 0.0
    open_mouth: float = 0.0
    squint: float = 0.0
    gaze: float = 0.0
    light: tuple[float, float, float] = (-0.5, 0.6, 0.8)
    warmth: float = 0.0
    contrast: float = 0.7
    cloth: str = "3b4f6b"
    behind: tuple[str, str] = ("9fb4c0", "5d6a70")
    seed: int = 0
