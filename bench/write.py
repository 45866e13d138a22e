"""Text generation: tokens a second against a hand-written loop, and the memory of a run

    python bench/write.py speed [repetitions, 5 or more]
    python bench/write.py memory

SmolLM2-135M, rows of 256 tokens, two of them in a batch: descriptions of packages of the same source joined to longer
texts. The hand-written loop does what is usual: texts are concatenated and cut every 256 tokens, `model(input_ids, labels=input_ids)`
of transformers, backward, AdamW. It does not keep texts apart and has one learning rate; all its tokens are counted. Both
alternate; the ratio is ours over hand-written, 1 is no overhead. The memory is the peak of the whole process, with torch, in a run of
one epoch with the recipe fine_tune."""
import platform, resource, sys, tempfile, time, warnings
from pathlib import Path
from statistics import median
import numpy as np, torch
import finetune_nb as ft
from finetune_nb.data.packing import packing_summary
from finetune_nb.training.control import TrainState
from finetune_nb.training.stages import Callback, _Steps

warnings.filterwarnings('ignore')


def long_texts(n):
    frame = ft.sample('packages').frame
    texts = [' '.join(frame['item'].iloc[i:i + 40]) + '.' for i in range(0, 40 * n, 40)]
    return ft.split(ft.from_table(texts, task='generate'), valid=0.2, test=0.1)


class Clock(Callback):
    "Seconds and tokens of the training batches of an epoch"
    order = -20
    def before_train(self): self.tokens, self.start = 0, time.perf_counter()
    def before_batch(self): self.tokens += int((self.xb[0] != -1).sum()) if self.training else 0
    def after_train(self): self.seconds = time.perf_counter() - self.start


def ours(learn, stage, folder):
    clock, place = Clock(), TrainState()
    place.begin(0, stage, len(learn.ft.groups))
    with learn.no_bar(), learn.no_logging(): learn.fit(1, lr=stage.lr, cbs=[_Steps(stage, folder, place), clock])
    return clock.tokens / clock.seconds


def by_hand(body, blocks, n_steps, rng):
    body.train()
    optimizer = torch.optim.AdamW(body.parameters(), lr=1e-5)
    start = time.perf_counter()
    for _ in range(n_steps):
        xb = torch.tensor(blocks[rng.choice(len(blocks), 2, replace=False)])
        body(input_ids=xb, labels=xb, use_cache=False).loss.backward()
        optimizer.step(); optimizer.zero_grad()
    return n_steps * blocks[0].size * 2 / (time.perf_counter() - start)


def speed(n=5):
    learn = ft.learner(long_texts(10), settings=ft.Settings(precision='float32', seed=0))
    source, stage, ratios, n_steps = learn.dls.train.dataset[0], ft.Stage('all', 0, 1, 1e-5), [], len(learn.dls.train)
    ids = np.where(source.ids < 0, -2 - source.ids, source.ids)
    blocks, rng = ids[:len(ids) // 256 * 256].reshape(-1, 256).astype(np.int64), np.random.default_rng(0)
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {n_steps} steps, {max(5, n)} repetitions')
    with tempfile.TemporaryDirectory() as folder:
        for i in range(max(5, n) + 1):
            hand, mine = by_hand(learn.model.body, blocks, n_steps, rng), ours(learn, stage, Path(folder))
            if i: ratios.append(mine / hand); print(f'by hand {hand:6.1f} tokens/s   ours {mine:6.1f} tokens/s   ratio {mine / hand:.3f}', flush=True)
    print(f'ratio: median {median(ratios):.3f}   lowest {min(ratios):.3f}   highest {max(ratios):.3f}')


def memory():
    with tempfile.TemporaryDirectory() as folder:
        learn = ft.learner(long_texts(12), settings=ft.Settings(epochs=1, runs=folder))
        blocks = learn.dls.train.dataset[0]
        run = ft.train(learn)
        print(f'{packing_summary(blocks)}; {learn.dls.train.bs} in a batch\n{run.verdict}')
    print(f'peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB')


if __name__ == '__main__': dict(speed=speed, memory=memory)[sys.argv[1]](*map(int, sys.argv[2:]))
