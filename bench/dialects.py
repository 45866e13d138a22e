"""How many of the small files in tests/csv_cases.py each reader reads as a person would

`pip install clevercsv duckdb`, then `python bench/dialects.py`. A file counts when its rows come out equal, or when a
file that has no right reading is refused. Time: a file of 92 MB, read once by each."""
import csv, sys, tempfile, time
from pathlib import Path
import clevercsv, duckdb
import pandas as pd
sys.path.insert(0, str(Path(__file__).parents[1]/'tests'))
from csv_cases import cases
from finetune_nb.data.csv_files import read_csv


def rows_of(frame):
    "(text, label) of each row"
    frame.columns = [str(o).strip() for o in frame.columns]
    labels = frame['label'] if 'label' in frame else [''] * len(frame)
    return [('' if pd.isna(a) else str(a), '' if pd.isna(b) else str(b)) for a, b in zip(frame['text'], labels)]


def by_duckdb(path):
    return duckdb.sql(f"select * from read_csv('{path}', all_varchar=true, ignore_errors=true)").df()


text = dict(dtype=str, keep_default_na=False)
readers = {
    'pandas': lambda p: pd.read_csv(p, sep='\t' if p.suffix == '.tsv' else ',', **text),
    'pandas, sep=None': lambda p: pd.read_csv(p, sep=None, engine='python', **text),
    'clevercsv': lambda p: clevercsv.read_dataframe(str(p), **text),
    'DuckDB': by_duckdb,
    'finetune_nb': lambda p: read_csv(p).frame,
}


def is_right(read, case, folder):
    "Does a reader give the rows of a case, or refuse it where it must?"
    path = Path(folder)/f'table{case.suffix}'
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    try:
        rows = rows_of(read(path))
    except Exception:
        return bool(case.error)
    return not case.error and rows == case.rows


def write_large(path, n=400_000):
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['id', 'text', 'label'])
        writer.writerows([i, 'the quick, brown fox jumps ' * 8, 'ab'[i % 2]] for i in range(n))


with tempfile.TemporaryDirectory() as folder:
    large = Path(folder)/'large.csv'
    write_large(large)
    for name, read in readers.items():
        wrong = [o.name for o in cases if not is_right(read, o, folder)]
        start = time.perf_counter()
        read(large)
        print(f'{name}: {len(cases) - len(wrong)} of {len(cases)}, {time.perf_counter() - start:.1f} s; wrong: {", ".join(wrong)}')
