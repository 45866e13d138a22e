"""What is the overhead of our training loop, against the same steps written by hand in PyTorch?

    python bench/loop_tax.py [repetitions, 5 or more] [side in pixels, 96]

Both sides take the same images from the same cache, augment them with the same function, and do the same forward pass, loss, backward
pass and AdamW step with one learning rate for each group. One epoch each, alternating. The ratio is hand-written over ours: 1 is no overhead."""
import platform, sys, tempfile, time, warnings
from pathlib import Path
from statistics import median
import torch
import finetune_nb as ft
from finetune_nb.training.recipe import lr_multiplier
from finetune_nb.data.image_batches import augment_batch
from finetune_nb.training.control import TrainState
from finetune_nb.training.stages import Callback, _Steps

warnings.filterwarnings('ignore')


class Clock(Callback):
    "Seconds between the first batch of an epoch and its end"
    order = -20                                             # first, so that the time includes the other callbacks
    def before_train(self): self.start = time.perf_counter()
    def after_train(self): self.seconds = time.perf_counter() - self.start


def our_epoch(learn, stage, folder):
    clock, place = Clock(), TrainState()
    place.begin(0, stage, len(learn.ft.groups))
    with learn.no_bar(), learn.no_logging(): learn.fit(1, lr=stage.lr, cbs=[_Steps(stage, folder, place), clock])
    return clock.seconds


def hand_written_epoch(learn, stage):
    "Seconds of one epoch without callbacks and recorder"
    (pixels, y), frame, model = learn.dls.train.dataset, learn.ft.preprocessing, learn.model.train()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d): m.eval()
    names = dict(model.named_parameters())
    groups = [dict(params=[names[n] for n in g.params], lr=lr) for g, lr in zip(learn.ft.groups, stage.lrs(len(learn.ft.groups)))]
    optimizer = learn.by_hand = getattr(learn, 'by_hand', None) or torch.optim.AdamW(groups, weight_decay=learn.ft.settings.wd)
    loss_func = torch.nn.CrossEntropyLoss(label_smoothing=learn.ft.settings.label_smoothing)
    n_steps, bs = len(y) // learn.dls.bs, learn.dls.bs
    start, order = time.perf_counter(), torch.randperm(len(y))
    for step in range(n_steps):
        idxs = order[step * bs:(step + 1) * bs]
        for g, lr in zip(optimizer.param_groups, stage.lrs(len(groups))): g['lr'] = lr * lr_multiplier(step, n_steps, stage.warmup)
        x = frame.normalise(augment_batch(pixels[idxs.numpy()], frame.size, 'light')).contiguous(memory_format=torch.channels_last)
        loss = loss_func(model(x), y[idxs])
        loss.backward()
        if not torch.isfinite(loss): raise FloatingPointError
        optimizer.step()
        optimizer.zero_grad()
    return time.perf_counter() - start


def main(n=5, size=96):
    learn = ft.learner(ft.split(ft.sample('clipart')), settings=ft.Settings(size=size, precision='float32'))
    stage, ratios = ft.Stage('all', 0, 1, 1e-4), []
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {size} px, '
          f'{len(learn.dls.train)} steps of {learn.dls.bs}, {max(5, n)} repetitions')
    with tempfile.TemporaryDirectory() as folder:
        for i in range(max(5, n) + 1):
            hand, mine = hand_written_epoch(learn, stage), our_epoch(learn, stage, Path(folder))
            if i: ratios.append(hand / mine); print(f'by hand {hand:6.2f} s   ours {mine:6.2f} s   ratio {hand / mine:.3f}', flush=True)
    print(f'ratio: median {median(ratios):.3f}   lowest {min(ratios):.3f}   highest {max(ratios):.3f}')


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
