"""What does a first run reach, against fastai's `vision_learner` and `fine_tune` with the same backbone, split and size?

    python bench/first_run.py [seeds, 5 or more] [epochs of fine_tune, 5]

Each seed is another split of the sample clipart. Both sides get the same images at the same size, squished; everything else is
each library's default. They alternate: ours first on even seeds, fastai first on odd ones. Epochs are compared on the validation
set; the test set is used once, at the end of each run, and for no choice."""
import platform, sys, tempfile, time, warnings
from pathlib import Path
import numpy as np, pandas as pd, torch
import finetune_nb as ft
from finetune_nb.base.core import suppress_warnings
with suppress_warnings():
    from fastai.vision.all import (Callback, ImageDataLoaders, Normalize, Resize, ResizeMethod, accuracy, aug_transforms, set_seed,
                                   vision_learner)

warnings.filterwarnings('ignore')
body_name = 'tf_efficientnet_lite0'


def ours(data, seed, folder):
    "Seconds and validation accuracy after each epoch, and the accuracy on the test set"
    ft.clear_features()                                              # no cache from another seed
    start = time.perf_counter()
    learn = ft.learner(data, settings=ft.Settings(seed=seed, runs=str(folder)))
    begun = time.perf_counter() - start
    run = ft.train(learn)
    beside = time.perf_counter() - start - begun - run.metrics.seconds.sum()    # files, and the predictions at the end
    seconds = begun + beside + run.metrics.seconds.cumsum().to_numpy()          # counted before the first epoch
    kept = run.best['accuracy']
    return seconds, run.metrics.accuracy.to_numpy(), kept, run.report().metrics.value['accuracy']


class Clock(Callback):
    "When each epoch ended"
    def __init__(self): self.start, self.seconds, self.scores = time.perf_counter(), [], []
    def after_epoch(self):
        self.seconds.append(time.perf_counter() - self.start)
        self.scores.append(float(self.recorder.log[3]))


def fastai_learner(data, seed, size=0):
    "A frozen Learner as fastai's documentation recommends it, with the weights that `pretrained=True` would have downloaded"
    card = ft.model_info(body_name)
    set_seed(seed)
    frame = data.frame[data.frame.split != 'test'].assign(is_valid=lambda o: o.split == 'valid')
    tfms = [*aug_transforms(), Normalize.from_stats(card.mean, card.std, cuda=torch.cuda.is_available())]
    options = dict(valid_col='is_valid', fn_col='item', label_col='label', bs=32, batch_tfms=tfms)
    dls = ImageDataLoaders.from_df(frame, path='/', item_tfms=Resize(size or card.size, method=ResizeMethod.Squish), **options)
    learn = vision_learner(dls, body_name, pretrained=False, normalize=False, metrics=accuracy)
    missing = learn.model[0].model.load_state_dict(ft.backbone(body_name).state_dict(), strict=False)
    assert not missing.missing_keys, missing.missing_keys
    learn.freeze()
    return learn


def theirs(data, seed, epochs):
    "The same for fastai, with the weights of the last epoch, which its user gets"
    clock = Clock()
    learn = fastai_learner(data, seed)
    with learn.no_bar(), learn.no_logging():
        learn.fine_tune(epochs, cbs=clock)
        test = data.only('test').frame
        logits, y = learn.get_preds(dl=learn.dls.test_dl(test, with_labels=True))
    return np.array(clock.seconds), np.array(clock.scores), clock.scores[-1], float((logits.argmax(1) == y).float().mean())


def score_at(seconds, scores, when):
    "The best validation accuracy up to a time in seconds"
    return max((s for t, s in zip(seconds, scores) if t <= when), default=0.)


def compare(seed, epochs):
    data = ft.split(ft.sample('clipart'), seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        sides = [('ours', lambda: ours(data, seed, Path(folder))), ('fastai', lambda: theirs(data, seed, epochs))]
        done = {name: side() for name, side in (sides if seed % 2 == 0 else sides[::-1])}
    (t, v, kept, test), (ft_t, ft_v, _, ft_test) = done['ours'], done['fastai']
    best, reached = ft_v.max(), t[v >= ft_v.max()]
    row = {'our seconds': t[-1], 'fastai seconds': ft_t[-1], 'our valid': kept, 'fastai valid': best, 'our test': test, 'fastai test': ft_test}
    row['time to fastai best'] = (reached[0] if len(reached) else np.inf) / ft_t[ft_v.argmax()]
    row['valid at equal time'] = kept - score_at(ft_t, ft_v, t[-1])
    print(pd.Series(row, name=f'seed {seed}').round(3).to_frame().T.to_string(), flush=True)
    return row


def main(n=5, epochs=5):
    seeds = range(max(5, n))
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, '
          f'fine_tune({epochs}), {body_name}, seeds {list(seeds)}')
    table = pd.DataFrame([compare(seed, epochs) for seed in seeds], index=seeds)
    print('\nmean over the seeds, and its standard error')
    print(pd.DataFrame({'mean': table.mean(), 'error': table.std() / len(table)**0.5}).round(3).to_string())


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
