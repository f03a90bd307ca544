"""Makes photographs.npz and photographs.sha256, cut out of photographs that scikit-image 0.26 ships. The course itself does not need it.

All of them are under CC0, without any restriction: `camera` by Lav Varshney, `cat` (skimage.data.chelsea) by Stefan van der Walt,
`coffee` by Rachel Michetti, courtesy of Pikolo Espresso Bar, `bricks` (skimage.data.brick) from CC0Textures. Colours are made grey as
ITU-R BT.601 weighs them; nothing is scaled.
"""

from pathlib import Path

import numpy as np

from autograder.datasets import checksum

HERE = Path(__file__).parent
SIDE = 129
#: Of each photograph: its name in skimage.data, and the top left corner of what is cut out.
CUTS = {"camera": ("camera", 60, 170), "cat": ("chelsea", 60, 120), "coffee": ("coffee", 20, 330), "bricks": ("brick", 100, 100)}
GREY = np.array([0.299, 0.587, 0.114])


def made() -> dict[str, np.ndarray]:
    """Name → (129, 129), uint8."""
    from skimage import data

    return {name: _cut(getattr(data, source)(), top, left) for name, (source, top, left) in CUTS.items()}


def _cut(image: np.ndarray, top: int, left: int) -> np.ndarray:
    part = image[top:top + SIDE, left:left + SIDE]
    grey: np.ndarray = part if part.ndim == 2 else np.round(part @ GREY).astype(np.uint8)
    return grey


if __name__ == "__main__":
    arrays = made()
    np.savez_compressed(HERE / "photographs.npz", **arrays)  # type: ignore[arg-type]
    (HERE / "photographs.sha256").write_text(f"{checksum(arrays)}\n", encoding="utf-8")
