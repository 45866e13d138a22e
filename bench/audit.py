"""How many planted near duplicates and label errors does an audit find, and what does it cost?

    python bench/audit.py copies [repetitions, 5]     precision and recall on planted near duplicates
    python bench/audit.py cost [images, 10000]        time relative to feature extraction, and memory
    python bench/audit.py labels [repetitions, 1] [first seed, 0]     label errors, against cleanlab with fine-tuned models

The images are those of the sample clipart; `cost` uses random crops and colors of them, so that all are different."""
import io, os, platform, sys, tempfile, time, warnings
from pathlib import Path
import numpy as np, pandas as pd, psutil, torch
from PIL import Image, ImageEnhance, ImageOps
import finetune_nb as ft
from finetune_nb.data.image_batches import ImagePreprocessing
from finetune_nb.analysis.duplicates import _bound

warnings.filterwarnings('ignore')


def jpeg(image, quality):
    file = io.BytesIO()
    image.save(file, 'JPEG', quality=quality)
    return Image.open(file).convert('RGB')

def cut(image):
    w, h = image.size
    return image.crop((round(.05 * w), round(.05 * h), round(.95 * w), round(.95 * h)))

def recolour(image):
    h, s, v = image.convert('HSV').split()
    return ImageEnhance.Brightness(Image.merge('HSV', (h.point(lambda o: (o + 12) % 256), s, v)).convert('RGB')).enhance(0.9)

changes = {'crop': cut, 'flip': ImageOps.mirror, 'recolour': recolour, 'JPEG 30': lambda o: jpeg(o, 30),
           'resize': lambda o: o.resize([max(8, side * 6 // 10) for side in o.size])}


def copies(n=5, per_change=40):
    """Precision and recall of the near-duplicate groups on planted copies.

    Recall: the share of copies that are in the group of their source. Precision: the share of grouped pairs that are a copy and its
    source, or two copies of one source. Duplicates and near duplicates of clipart itself are left out first, so that each other
    grouped pair is an error: by features of another backbone (EfficientNet-Lite2), two sources have a similarity of at most 0.8."""
    whole = ft.sample('clipart')
    other = ft.features(whole, 'tf_efficientnet_lite2')
    bound = ft.near_duplicates(other.x, least=0.8)
    lone = whole.frame[~pd.Series(bound).duplicated(keep=False)].reset_index(drop=True)
    print(len(lone), 'images without a near duplicate of their own')
    rows = []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        with tempfile.TemporaryDirectory() as folder:
            planted = []
            for name, change in changes.items():
                for i in rng.choice(len(lone), per_change, replace=False):
                    path = Path(folder)/f'{name}_{i}.png'
                    change(Image.open(lone.item[i]).convert('RGB')).save(path)
                    planted.append(dict(item=str(path), label=lone.label[i], split='', group='', source=i, change=name))
            frame = pd.concat([lone.assign(source=lone.index, change=''), pd.DataFrame(planted)], ignore_index=True)
            data = ft.Dataset(frame[['item', 'label', 'split', 'group']])
            groups = _bound(data, ft.features(data, disk_mb=0))
        table = frame.assign(found=groups)
        hit = table[table.change != ''].apply(lambda o: groups[o.source] == o.found, axis=1)
        pairs = lambda key: (table.groupby(key).size().pipe(lambda o: o * (o - 1) / 2)).sum()
        rows.append({'precision': pairs(['found', 'source']) / max(pairs('found'), 1), 'recall': hit.mean(),
                     **hit.groupby(table.change).mean()})
        print(pd.Series(rows[-1], name=f'seed {seed}').round(3).to_frame().T.to_string(), flush=True)
    print(pd.DataFrame(rows).agg(['mean', 'min']).round(3).to_string())


def many(n, folder, seed=0):
    "n different images: random crops and colors of clipart"
    rng, items = np.random.default_rng(seed), ft.sample('clipart').frame
    for i in range(n):
        row = items.iloc[rng.integers(len(items))]
        image = Image.open(row['item']).convert('RGB')
        w, h = image.size
        left, top = rng.integers(0, max(1, w // 3)), rng.integers(0, max(1, h // 3))
        image = image.crop((left, top, min(w, left + 2 * w // 3 + 2), min(h, top + 2 * h // 3 + 2)))
        image = ImageEnhance.Color(image).enhance(rng.uniform(0.2, 2))
        path = Path(folder)/row.label/f'{i}.jpg'
        path.parent.mkdir(exist_ok=True)
        image.save(path, quality=90)
    return ft.split(ft.from_folder(folder))


def cost(n=10000, size=224):
    with tempfile.TemporaryDirectory() as folder:
        for k in sorted({n // 4, n // 2, n}):
            data = many(k, Path(folder)/str(k)) if Path(folder, str(k)).mkdir() is None else None
            frame = ImagePreprocessing(size, (0.5,) * 3, (0.5,) * 3, 'bicubic', 1., 'squish')
            start = time.perf_counter()
            known = ft.features(data, preprocessing=frame, disk_mb=0)
            extraction, before = time.perf_counter() - start, psutil.Process().memory_info().rss
            start = time.perf_counter()
            found = ft.audit(data, known)
            rest = time.perf_counter() - start
            grown = (psutil.Process().memory_info().rss - before) / 1e6
            print(f'{k} images at {size} px: feature extraction {extraction:.1f} s, the rest of the audit {rest:.1f} s, total '
                  f'{(extraction + rest) / extraction:.2f} × extraction; memory +{grown:.0f} MB; {len(found.issues)} findings', flush=True)


def average_precision(order, wrong):
    hits = np.isin(order, wrong)
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].sum() / len(wrong))


def fine_tuned(data, y, seed, folder):
    "Cross-validated probabilities of five fine-tuned models, as cleanlab's guide recommends"
    from sklearn.model_selection import StratifiedKFold
    probs = np.zeros((len(y), len(data.labels)))
    for learned, held in StratifiedKFold(5, shuffle=True, random_state=seed).split(probs, y):
        part = np.full(len(y), 'test', dtype=object)
        part[learned] = np.random.default_rng(seed).choice(['train', 'valid'], len(learned), p=[0.85, 0.15])
        fold = ft.Dataset(data.frame.assign(split=part), split_by='given')
        run = ft.train(ft.learner(fold, settings=ft.Settings(seed=seed, runs=folder, size=128, disk_mb=0)))
        with run.learn.no_bar(): probs[held] = run.learn.get_preds(dl=run.learn.dls.test)[0].numpy()
    return probs


def labels(n=1, first=0, shares=(0.05, 0.1, 0.2)):
    from cleanlab.rank import get_label_quality_scores
    for seed in range(first, first + n):
        for share in shares:
            data = ft.sample('clipart')
            rng, names = np.random.default_rng(seed), data.labels
            y = np.array([names.index(o) for o in data.frame.label])
            wrong = rng.choice(len(y), round(share * len(y)), replace=False)
            y[wrong] = (y[wrong] + rng.integers(1, len(names), len(wrong))) % len(names)
            noisy = ft.Dataset(data.frame.assign(label=[names[i] for i in y]))
            start = time.perf_counter()
            known = ft.features(noisy, preprocessing=ImagePreprocessing(128, (0.5,) * 3, (0.5,) * 3, 'bicubic', 1., 'squish'), disk_mb=0)
            cheap = ft.label_probabilities(known.x, y, _bound(noisy, known), known.near)
            ours, start = time.perf_counter() - start, time.perf_counter()
            with tempfile.TemporaryDirectory() as folder: dear = fine_tuned(noisy, y, seed, folder)
            theirs = time.perf_counter() - start
            scores = [average_precision(np.argsort(get_label_quality_scores(y, o)), wrong) for o in (cheap, dear)]
            print(f'seed {seed}, {share:.0%} wrong: average precision {scores[0]:.3f} in {ours:.0f} s; with fine-tuned models '
                  f'{scores[1]:.3f} in {theirs:.0f} s; time {ours / theirs:.3f}', flush=True)


if __name__ == '__main__':
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {os.cpu_count()} cores')
    dict(copies=copies, cost=cost, labels=labels)[sys.argv[1]](*map(int, sys.argv[2:]))
