"""Which method is best at its defaults, on which data, and at which cost?

    python bench/defaults.py [even | odd | names with semicolons, even] [draws, 5] [methods with commas, all]

The sets are drawn from the samples, from Fashion-MNIST (Debian's `dataset-fashion-mnist`) and from scikit-learn's digits: all items, or
some of each label. In each draw a quarter of the groups is the test set, at most 1,000 items, on which nothing is chosen. Defaults of this
package are chosen on the even sets; the odd ones are for the report. All methods see the same other items. Ours are `fine_tune` and
`head`. Their rivals: a logistic regression on our features, its C by scikit-learn's cross-validation, on training and validation items;
nearest neighbors on them; fastai's `fine_tune` of 3 epochs; transformers' `Trainer` of 3 epochs, and a logistic regression of TF-IDF, on
training and validation items. Seconds are those of the whole method; features of one draw are computed for each method again."""
import gzip, platform, sys, tempfile, time, warnings
from dataclasses import replace
from pathlib import Path
import numpy as np, pandas as pd, torch
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
import finetune_nb as ft
from finetune_nb.analysis.feature_extraction import local_model_info, preprocessing_for
from finetune_nb.evaluation.metrics import read_predictions
from first_run import fastai_learner
from text import trainers

warnings.filterwarnings('ignore')
mnist = Path('/usr/share/datasets/fashion-mnist')
sets = [                # source, items of each label (0: all), side of the images (0: that of the model); number 0 is even
    ('clipart', 10, 0), ('packages', 25, 0), ('fashion', 10, 64), ('digits', 25, 64), ('packages', 100, 0), ('clipart', 25, 0),
    ('clipart', 0, 0), ('packages', 10, 0), ('fashion', 50, 64), ('digits', 5, 64), ('packages', 50, 0), ('clipart', 5, 0)]


def name_of(source, n, size): return f'{source}, {n} a label' if n else source


def arrays(source):
    "Images and labels of a source that comes as arrays"
    if source == 'digits': return (load_digits().images * 15.9).astype(np.uint8), load_digits().target
    if not mnist.is_dir(): sys.exit(f'{mnist} is not there: apt-get install dataset-fashion-mnist')
    def read(part, skip): return np.frombuffer(gzip.open(mnist/f't10k-{part}-ubyte.gz').read(), np.uint8, offset=skip)
    return read('images-idx3', 16).reshape(-1, 28, 28)[:4000], read('labels-idx1', 8)[:4000]


def items_of(source, folder):
    "All items of a source; arrays become PNG files"
    if source in ('clipart', 'packages'): return ft.sample(source)
    home = Path(folder)/source
    for i, (image, label) in enumerate(zip(*arrays(source))) if not home.exists() else ():
        path = home/str(label)/f'{i}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).resize((32, 32), Image.Resampling.BICUBIC).save(path)
    return ft.from_folder(home)


def draw(data, n, seed):
    "A test set, and n items of each label (0: all) for training and validation"
    frame = ft.split(data, valid=0, test=0.25, seed=seed).frame.sample(frac=1, random_state=seed)
    rest = frame[frame.split != 'test']
    rest = rest.groupby('label').head(n) if n else rest
    frame = pd.concat([rest.assign(split=''), frame[frame.split == 'test'].head(1000)]).reset_index(drop=True)
    return ft.split(replace(data, frame=frame, split_by='given'), valid=0.2, seed=seed, by='given')


def ours(recipe):
    "Our training with a recipe"
    def method(data, size, seed):
        with tempfile.TemporaryDirectory() as folder:
            settings = ft.Settings(seed=seed, size=size, recipe=recipe, runs=folder, disk_mb=0)
            logits, y = read_predictions(ft.train(ft.learner(data, settings=settings)), 'test')
        return float((logits.argmax(1).numpy() == np.asarray(y)).mean())
    return method


def on_features(classifier):
    "A classifier of scikit-learn on our features"
    def method(data, size, seed):
        name = 'tf_efficientnet_lite0' if data.kind == 'image' else 'all-MiniLM-L6-v2'
        known = ft.features(data, name, preprocessing_for(local_model_info(name), ft.Settings(size=size)), disk_mb=0)
        test = (known.data.frame.split == 'test').to_numpy()
        return float((classifier().fit(known.x[~test], known.labels[~test]).predict(known.x[test]) == known.labels[test]).mean())
    return method


def tf_idf(data, size, seed):
    test = (data.frame.split == 'test').to_numpy()
    items, labels = data.frame['item'].to_numpy(), data.frame.label.to_numpy()
    fit = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)).fit(items[~test], labels[~test])
    return float((fit.predict(items[test]) == labels[test]).mean())


def fastai(data, size, seed):
    learn = fastai_learner(data, seed, size)
    with learn.no_bar(), learn.no_logging():
        learn.fine_tune(3)
        probs, y = learn.get_preds(dl=learn.dls.test_dl(data.only('test').frame, with_labels=True))
    return float((probs.argmax(1) == y).float().mean())


def trainer(data, size, seed):
    _, guess, y = trainers(data, seed, 3)
    return float((guess == y).mean())


both = {'ours': ours('fine_tune'), 'our head': ours('head'),
        'logistic regression': on_features(lambda: LogisticRegressionCV(Cs=10, max_iter=1000)), 'nearest neighbors': on_features(lambda: KNeighborsClassifier(5, metric='cosine'))}
methods = dict(image=both | {'fastai': fastai}, text=both | {'Trainer': trainer, 'TF-IDF': tf_idf})


def compare(which, draws, wanted):
    "Accuracy and seconds of each method on each set, a row for each draw"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for source, n, size in which:
            data = items_of(source, folder)
            for seed in range(draws):
                drawn, order = draw(data, n, seed), [k for k in methods[data.kind] if not wanted or k in wanted]
                for k in order if seed % 2 == 0 else order[::-1]:
                    start = time.perf_counter()
                    score = methods[data.kind][k](drawn, size, seed)
                    rows.append(dict(set=name_of(source, n, size), seed=seed, method=k, accuracy=score, seconds=time.perf_counter() - start))
            table = pd.DataFrame(rows)
            print(table[table.set == rows[-1]['set']].groupby('method', sort=False)[['accuracy', 'seconds']].mean().round(3).T.assign(set=rows[-1]['set']).to_string(), flush=True)
    return table


def main(which='even', draws=5, wanted=''):
    chosen = sets[which == 'odd'::2] if which in ('even', 'odd') else [o for o in sets if name_of(*o) in which.split(';')]
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, draws {list(range(int(draws)))}')
    table = compare(chosen, int(draws), [o for o in wanted.split(',') if o])
    means = table.pivot_table(index='set', columns='method', values='accuracy', sort=False)
    summary = {'mean rank': means.rank(axis=1, ascending=False).mean(), 'wins': (means.eq(means.max(axis=1), axis=0)).sum(),
               'largest regret': (-means).add(means.max(axis=1), axis=0).max(), 'seconds': table.groupby('method').seconds.mean()}
    print('\n' + means.round(3).to_string() + '\n\n' + pd.DataFrame(summary).round(3).to_string())


if __name__ == '__main__': main(*sys.argv[1:])
