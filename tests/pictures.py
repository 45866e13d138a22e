"Made-up pictures for tests"
import numpy as np
from PIL import Image


def picture(path, seed, shade=0, **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 120, (40, 40, 3)) + shade
    Image.fromarray(pixels.astype(np.uint8)).save(path, **kwargs)
    return path
