"""How long until 95 % of the best validation accuracy that any of three methods reaches?

    python bench/best_time.py clipart [seeds, 5] [epochs, 5] [first seed, 0]
    python bench/best_time.py fashion [seeds, 5] [epochs, 3] [first seed, 0]

Ours (defaults), fastai's `vision_learner` with `fine_tune`, and a plain PyTorch loop (AdamW at 1e-3 with cosine annealing, all layers
trainable). Same backbone, split, and size: 224 px for clipart, 64 px for 4,000 images of Fashion-MNIST, read from the files of Debian's
package `dataset-fashion-mnist`. The clock runs from the data to the end of each epoch, validation included. The methods alternate."""
import gzip, platform, sys, tempfile, time, warnings
from pathlib import Path
import numpy as np, pandas as pd, torch
from PIL import Image
from torch import nn
import finetune_nb as ft
from finetune_nb.data.image_batches import ImagePreprocessing
from first_run import Clock, body_name, fastai_learner

warnings.filterwarnings('ignore')
mnist = Path('/usr/share/datasets/fashion-mnist')


def fashion(folder, seed, n=4000):
    "n images for training and validation, as PNG files by class"
    if not mnist.is_dir(): sys.exit(f'{mnist} is not there: apt-get install dataset-fashion-mnist')
    pixels = np.frombuffer(gzip.open(mnist/'train-images-idx3-ubyte.gz').read(), np.uint8, offset=16).reshape(-1, 28, 28)
    y = np.frombuffer(gzip.open(mnist/'train-labels-idx1-ubyte.gz').read(), np.uint8, offset=8)
    for i in np.random.default_rng(seed).choice(len(y), n, replace=False):
        path = Path(folder)/str(y[i])/f'{i}.png'
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels[i]).save(path)
    return ft.split(ft.from_folder(folder), valid=0.25, test=0, seed=seed)


def ours(data, seed, size, epochs):
    ft.clear_features()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        learn = ft.learner(data, settings=ft.Settings(seed=seed, size=size, runs=folder))
        begun = time.perf_counter() - start
        run = ft.train(learn)
        return begun + run.metrics.seconds.cumsum().to_numpy(), run.metrics.accuracy.to_numpy()


def fastais(data, seed, size, epochs):
    clock, learn = Clock(), fastai_learner(data, seed, size)
    with learn.no_bar(), learn.no_logging(): learn.fine_tune(epochs, cbs=clock)
    return np.array(clock.seconds), np.array(clock.scores)


def plain(data, seed, size, epochs):
    start = time.perf_counter()
    torch.manual_seed(seed)
    card = ft.model_info(body_name)
    frame = ImagePreprocessing(size, card.mean, card.std, card.interpolation, 1., 'squish')
    dls = ft.dataloaders(data, frame)
    model = ft.replace_head(ft.backbone(body_name), len(data.labels))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(dls.train))
    seconds, scores = [], []
    for _ in range(epochs):
        model.train()
        for xb, yb in dls.train:
            nn.functional.cross_entropy(model(xb), yb).backward()
            optimizer.step(); schedule.step(); optimizer.zero_grad()
        model.eval()
        with torch.no_grad(): right = torch.cat([model(xb).argmax(1) == yb for xb, yb in dls.valid])
        seconds.append(time.perf_counter() - start); scores.append(float(right.float().mean()))
    return np.array(seconds), np.array(scores)


def main(name, seeds=5, epochs=0, first=0):
    size, epochs = (224, epochs or 5) if name == 'clipart' else (64, epochs or 3)
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {name} at {size} px, {epochs} epochs')
    rows = []
    for seed in range(first, first + seeds):
        with tempfile.TemporaryDirectory() as folder:
            data = fashion(folder, seed) if name == 'fashion' else ft.split(ft.sample('clipart'), seed=seed)
            done = {k: way(data, seed, size, epochs) for k, way in (('ours', ours), ('fastai', fastais), ('plain', plain))}
        goal = 0.95 * max(scores.max() for _, scores in done.values())
        row = {k: next((t for t, s in zip(*o) if s >= goal), np.inf) for k, o in done.items()}
        row |= {'goal': goal, 'times faster': min(row['fastai'], row['plain']) / row['ours']}
        rows.append({**row, **{f'best of {k}': o[1].max() for k, o in done.items()}})
        print(pd.Series(rows[-1], name=f'seed {seed}').round(3).to_frame().T.to_string(), flush=True)
    print(pd.DataFrame(rows).median().round(3).to_frame('median').T.to_string())


if __name__ == '__main__': main(sys.argv[1], *map(int, sys.argv[2:]))
