"""How many images a second on a GPU, against fastai at its defaults and with `to_fp16` and channels_last?

    python bench/gpu.py [images, 3200]
    python bench/gpu.py --smoke        # a tiny model on any device: tests the benchmark itself

Random JPEG images of 256 px, resnet50 and vit_small_patch16_224 at 224 px, random weights, batches of 64. The first epoch fills the caches
and is not counted; then one epoch each, alternating, five times. `compute` is the same number of steps on one batch that is already on the
device: epoch over compute is the cost of data loading."""
import os, platform, sys, tempfile, time, warnings
from pathlib import Path
from statistics import median
import numpy as np, pandas as pd, torch
from PIL import Image
import finetune_nb as ft
from finetune_nb.base.core import suppress_warnings
with suppress_warnings():
    from fastai.vision.all import Callback, ImageDataLoaders, Resize, aug_transforms, vision_learner

warnings.filterwarnings('ignore')


class Clock(Callback):
    "Seconds of the training split of an epoch"
    order = 99
    def before_train(self): self.wait(); self.start = time.perf_counter()
    def after_train(self): self.wait(); self.seconds = time.perf_counter() - self.start
    def wait(self):
        if torch.cuda.is_available(): torch.cuda.synchronize()


class ChannelsLast(Callback):
    def before_fit(self): self.model.to(memory_format=torch.channels_last)
    def before_batch(self): self.learn.xb = (self.xb[0].contiguous(memory_format=torch.channels_last),)


def make_images(folder, n):
    "A table of n random images in ten classes"
    rng, rows = np.random.default_rng(0), []
    for i in range(n):
        path = Path(folder)/f'{i}.jpg'
        Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).resize((256, 256)).save(path, quality=90)
        rows.append(dict(item=str(path), label=f'class {i % 10}', split='valid' if i % 50 == 0 else 'train'))
    return pd.DataFrame(rows)


def our_learner(table, model, size, bs):
    settings = ft.Settings(size=size, bs=bs, cache_mb=20000, precision='auto')
    return ft.learner(ft.from_table(table), model, settings, weights='none')


def fastai_learner(table, model, size, bs, tuned):
    frame = table.assign(is_valid=table.split == 'valid')
    options = dict(fn_col='item', label_col='label', valid_col='is_valid', bs=bs, item_tfms=Resize(size), batch_tfms=aug_transforms())
    learn = vision_learner(ImageDataLoaders.from_df(frame, path='/', **options), model, pretrained=False)
    learn.unfreeze()
    return learn.to_fp16().add_cb(ChannelsLast()) if tuned else learn


def epoch(learn):
    clock = Clock()
    with learn.no_bar(), learn.no_logging(): learn.fit(1, 1e-4, cbs=clock)
    return clock.seconds


def compute(learn):
    "Seconds of the same steps on one batch that is already on the device"
    xb, yb = learn.dls.one_batch()
    batches = [(xb, yb)] * len(learn.dls.train)
    loader, clock = learn.dls.train, Clock()
    original = type(loader).__iter__
    try:
        type(loader).__iter__ = lambda self: iter(batches) if self is loader else original(self)
        with learn.no_bar(), learn.no_logging(): learn.fit(1, 1e-4, cbs=clock)
    finally: type(loader).__iter__ = original
    return clock.seconds


def compare(table, model, size, bs, n=5):
    sides = {'ours': our_learner(table, model, size, bs), 'fastai': fastai_learner(table, model, size, bs, False),
             'fastai fp16 channels_last': fastai_learner(table, model, size, bs, True)}
    for learn in sides.values(): epoch(learn)
    rows = [{**{k: epoch(o) for k, o in sides.items()}, 'compute': compute(sides['ours'])} for _ in range(n)]
    seconds = pd.DataFrame(rows)
    n_images = len(sides['ours'].dls.train) * bs
    chosen = sides['ours'].ft.settings
    print(f'\n{model} at {size} px, batches of {bs}, ours in {chosen.precision} and {chosen.layout}')
    print(pd.DataFrame({'images a second': n_images / seconds.median(), 'lowest s': seconds.min(), 'highest s': seconds.max()}).round(2).to_string())
    for k in list(sides)[1:]: print(f'ours over {k}: {median(seconds[k] / seconds.ours):.2f} times as fast')
    print(f"epoch over compute only: {median(seconds.ours / seconds.compute):.3f}", flush=True)


def main(*words):
    smoke = '--smoke' in words
    if not smoke and not torch.cuda.is_available(): sys.exit('no CUDA device here: try --smoke, or run it where there is one')
    n = next((int(o) for o in words if o.isdigit()), 3200)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {device}, {os.cpu_count()} cores')
    with tempfile.TemporaryDirectory() as folder:
        table = make_images(folder, 200 if smoke else n)
        for model in ['resnet10t'] if smoke else ['resnet50', 'vit_small_patch16_224']:
            compare(table, model, *(64, 32) if smoke else (224, 64), n=1 if smoke else 5)


if __name__ == '__main__': main(*sys.argv[1:])
