"""Feature extraction from texts, against sentence-transformers' own `encode`

    python bench/encode.py [repetitions, 5 or more] [texts, 2000] [precision of ours, float32]

MiniLM with mean pooling, the same texts of the sample packages, both with their defaults, nothing cached on disk, alternating. The time
of ours includes a short benchmark of number formats. Needs sentence-transformers. The embeddings must agree: both are scaled to length 1,
and the largest difference of any component is printed; in float32 it must be below 1e-4."""
import platform, sys, time, warnings
from dataclasses import replace
from statistics import median
import numpy as np, torch
import finetune_nb as ft

warnings.filterwarnings('ignore')


def main(n=5, n_texts=2000, precision='float32'):
    from sentence_transformers import SentenceTransformer
    folder, data, ratios = ft.model_info('all-MiniLM-L6-v2').tokenizer, ft.sample('packages'), []
    theirs = SentenceTransformer(folder, device='cuda' if torch.cuda.is_available() else 'cpu')
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {n_texts} texts, {max(5, n)} repetitions, {precision}')
    for i in range(max(5, n) + 1):
        some = replace(data, frame=data.frame.sample(n_texts, random_state=i).reset_index(drop=True))
        def ours(): return ft.features(some, 'all-MiniLM-L6-v2', precision=precision, disk_mb=0).x
        def encoded(): return theirs.encode(list(some.frame['item']), show_progress_bar=False)
        embeddings, seconds = {}, {}
        for side in (ours, encoded) if i % 2 else (encoded, ours):
            start = time.perf_counter()
            embeddings[side.__name__] = side()
            seconds[side.__name__] = time.perf_counter() - start
        x = embeddings['ours'] / np.linalg.norm(embeddings['ours'], axis=1, keepdims=True)
        off = np.abs(x - embeddings['encoded']).max()
        assert precision != 'float32' or off < 1e-4, off
        if not i: continue
        ratios.append(seconds['encoded'] / seconds['ours'])
        print(f"encode {seconds['encoded']:6.2f} s   ours {seconds['ours']:6.2f} s   times faster {ratios[-1]:.2f}   largest difference {off:.1e}", flush=True)
    print(f'times faster: median {median(ratios):.2f}   lowest {min(ratios):.2f}   highest {max(ratios):.2f}')


if __name__ == '__main__': main(*map(int, sys.argv[1:3]), *sys.argv[3:])
