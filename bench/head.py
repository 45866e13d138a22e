"""What does a linear probe on cached features cost, against frozen epochs of fastai?

    python bench/head.py [repetitions, 5 or more]

Each repetition is another split of the sample clipart, and the two alternate. Both get the same images at the same size with the
same backbone. fastai trains its head for three frozen epochs (`freeze`, `fit_one_cycle(3)`); its second and third epoch are timed as *one
more*. Ours extracts the features once, chooses the penalty by cross-validation and fits a logistic regression, without a cache. One more
epoch on cached features is a pass of AdamW over all rows in batches of 32. Accuracies are those on the validation set."""
import platform, sys, time, warnings
import numpy as np, pandas as pd, torch
from torch import nn
import finetune_nb as ft
from finetune_nb.data.image_batches import encode_labels
from finetune_nb.model.heads import select_C
from first_run import Clock, fastai_learner

warnings.filterwarnings('ignore')


def epoch_on_features(x, y, n_out):
    "Seconds of one pass over cached features"
    linear = nn.Linear(x.shape[1], n_out)
    optimizer = torch.optim.AdamW(linear.parameters(), lr=1e-3)
    start = time.perf_counter()
    for idxs in torch.randperm(len(x)).split(32):
        nn.functional.cross_entropy(linear(x[idxs]), y[idxs]).backward()
        optimizer.step(); optimizer.zero_grad()
    return time.perf_counter() - start


def ours(data, seed):
    ft.clear_features()
    learn = ft.learner(data, settings=ft.Settings(seed=seed, precision='float32', layout='channels_last'))
    train = data.only('train')
    start = time.perf_counter()
    known = ft.features(train, learn)
    y = encode_labels(known.data, data.labels)
    ft.fit_linear_probe(learn.model.get_classifier(), known.x, y.numpy(), C=select_C(known.x, y.numpy()))
    stage = time.perf_counter() - start
    with learn.no_bar(), learn.no_logging(): accuracy = float(learn.validate()[1])
    return stage, epoch_on_features(torch.tensor(known.x), y, len(data.labels)), accuracy


def theirs(data, seed):
    learn, clock = fastai_learner(data, seed), Clock()
    clock.start = time.perf_counter()
    with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(3, cbs=clock)
    return clock.seconds[-1], float(np.diff(clock.seconds).mean()), clock.scores[-1]


def main(n=5):
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads')
    rows = []
    for seed in range(max(5, n)):
        data = ft.split(ft.sample('clipart'), seed=seed)
        sides = [('ours', ours), ('fastai', theirs)]
        done = {name: side(data, seed) for name, side in (sides if seed % 2 == 0 else sides[::-1])}
        (stage, epoch, accuracy), (ft_stage, ft_epoch, ft_accuracy) = done['ours'], done['fastai']
        rows.append({'linear probe (s)': stage, 'fastai, 3 epochs (s)': ft_stage, 'times faster': ft_stage / stage,
                     'one more epoch: times faster': ft_epoch / epoch, 'accuracy': accuracy, 'fastai accuracy': ft_accuracy})
        print(pd.Series(rows[-1], name=f'seed {seed}').round(3).to_frame().T.to_string(), flush=True)
    table = pd.DataFrame(rows)
    print('\nmean over the seeds, and its standard error')
    print(pd.DataFrame({'mean': table.mean(), 'error': table.sem()}).round(3).to_string())


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
