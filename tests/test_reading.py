"""What goes in is read as it was written, or refused with its reason

Each kind of fault has its table of cases, with the values that must come out."""
import json, math, unicodedata, zipfile
from pathlib import Path
import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
import finetune_nb as ft
from csv_cases import cases
from finetune_nb.base.images import open_image
from finetune_nb.data.csv_files import read_csv
from finetune_nb.data.samples import table_columns


def table(**columns):
    "A frame of objects: no value changes its type"
    return pd.DataFrame(columns, dtype=object)


def texts(n):
    return [f'text {i}' for i in range(n)]


# Dialects of CSV

def write_case(case, folder):
    path = folder/f'table{case.suffix}'
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    return path


@pytest.mark.parametrize('case', cases, ids=[o.name for o in cases])
def test_dialect(case, tmp_path):
    path = write_case(case, tmp_path)
    if case.error:
        with pytest.raises(ValueError, match=case.error):
            read_csv(path)
        return
    read = read_csv(path)
    labels = read.frame.label if 'label' in read.frame else [None] * len(read.frame)
    assert [(a or '', b or '') for a, b in zip(read.frame.text, labels)] == case.rows
    assert [int(o.split()[1]) for o in read.rejected.reason] == case.set_aside


def test_the_dialect_is_told(tmp_path):
    path = tmp_path/'t.csv'
    path.write_text("text;label\n'Well; a film';pos\n'bad';neg\n")
    assert ft.from_table(path).notes == ("t.csv was read with delimiter ';', quotes '",)


def test_rows_that_do_not_fit_are_in_rejected(tmp_path):
    path = tmp_path/'t.csv'
    path.write_text('text,label\nfine,pos\nOh, bad,neg\nnot fine,neg\n,pos\n')
    data = ft.from_table(path)
    assert list(data.rejected.reason) == ['line 3 has 3 fields, the header 2', 'no item']
    assert '1 of 4 rows do not fit the header of t.csv' in data.notes


@pytest.mark.parametrize('values, delimiter, numbers', [
    (['0,5', '3,25', '7'], ';', [0.5, 3.25, 7]),
    (['1.200,50', '3,25', '7'], ';', [1200.5, 3.25, 7]),
    (['"0,5"', '"3,25"', '7'], ',', [0.5, 3.25, 7]),
    (['0.5', '3.25', '7'], ';', [0.5, 3.25, 7]),
    (['1e-3', '2.5e2', '-7'], ',', [0.001, 250, -7]),
])
def test_decimal_commas(values, delimiter, numbers, tmp_path):
    path = tmp_path/'t.csv'
    path.write_text('\n'.join([f'text{delimiter}price', *(f'a{delimiter}{o}' for o in values)]))
    data = ft.from_table(path, label='price')
    assert data.task == 'regression' and list(data.frame.label) == numbers


def test_numbers_that_could_be_two_are_refused(tmp_path):
    with pytest.raises(ValueError, match="1 × '1,234' is not a number"):
        ft.from_table(table(text=texts(2), label=['1,234', '5,678']), task='regression')


@pytest.mark.parametrize('character', ['\u2028', '\u2029', '\x85', '\x0b', '\x0c', '\x1c'])
def test_jsonl_is_split_at_line_feeds_alone(character, tmp_path):
    path = tmp_path/'t.jsonl'
    rows = [dict(text=f'a{character}b', label='x'), dict(text='c', label='y')]
    path.write_text('\r\n'.join(json.dumps(o, ensure_ascii=False) for o in rows), encoding='utf-8', newline='')
    text = ft.from_table(path).frame['item'][0]
    assert text == f'a{character}b'


# Labels and ids

big = 1234567890123456789

@pytest.mark.parametrize('labels, expected', [
    (['1.1', '1.10', '1.2'], ['1.1', '1.10', '1.2']),
    (['250.0', '250.00', '7.5'], ['250.0', '250.00', '7.5']),
    (['007', '7', '07'], ['007', '07', '7']),
    ([str(big), str(big + 1)], [str(big), str(big + 1)]),
    ([big, big + 1, None], [str(big), str(big + 1)]),
    ([1.0, 2.0, math.nan], ['1', '2']),
    ([True, False, True], ['False', 'True']),
    (['true', 'FALSE', 'true'], ['FALSE', 'true']),
    ([pd.Timestamp('2024-05-01'), pd.Timestamp('2024-06-01')], ['2024-05-01', '2024-06-01']),
    (['2024-05-01', '2024-06-01'], ['2024-05-01', '2024-06-01']),
    (['None', 'Some', 'NA'], ['NA', 'None', 'Some']),
    ([b'x', b'y'], ['x', 'y']),
    (['CO', 'Co', 'CO', 'Co'], ['CO', 'Co']),
    (['A', 'a', 'B', 'b'], ['A', 'B', 'a', 'b']),
    (['Maße', 'Masse'], ['Masse', 'Maße']),
    (['café', unicodedata.normalize('NFD', 'café'), 'thé'], ['café', 'thé']),
    ([' pos', 'pos ', 'neg'], ['neg', 'pos']),
])
def test_labels_stay_as_written(labels, expected, tmp_path):
    frame = table(text=texts(len(labels)), label=labels)
    assert ft.from_table(frame).labels == expected
    frame.to_json(tmp_path/'t.jsonl', orient='records', lines=True, date_format='iso')
    frame.astype('string').to_csv(tmp_path/'t.csv', index=False)
    if all(isinstance(o, str) for o in labels):
        assert ft.from_table(tmp_path/'t.csv').labels == expected
        assert ft.from_table(tmp_path/'t.jsonl').labels == expected


@pytest.mark.parametrize('suffix', ['csv', 'jsonl', 'parquet'])
def test_ids_beside_a_gap_stay_whole(suffix, tmp_path):
    path = tmp_path/f't.{suffix}'
    frame = pd.DataFrame({'text': texts(3), 'label': ['x', 'y', 'x'], 'group': pd.array([big, None, 7], dtype='Int64')})
    {'csv': lambda: frame.to_csv(path, index=False), 'parquet': lambda: frame.to_parquet(path),
     'jsonl': lambda: frame.to_json(path, orient='records', lines=True)}[suffix]()
    assert list(ft.from_table(path).frame.group) == [str(big), '', '7']


def test_labels_that_differ_by_case_are_merged_when_asked():
    frame = table(text=texts(24), label=['Games', *['games'] * 20, 'CO', 'Co', ' CO'])
    data = ft.from_table(frame)
    assert data.labels == ['CO', 'Co', 'Games', 'games']
    assert [o for o in data.notes if 'by case only' in o] == [
        f'labels {a!r} and {b!r} differ by case only; `data.merge_labels()` merges them'
        for a, b in (('Co', 'CO'), ('Games', 'games'))
    ]
    merged = data.merge_labels()
    assert merged.labels == ['CO', 'games']
    assert merged.notes == ("label ' CO' was read as 'CO'", "label 'Co' was read as 'CO'", "label 'Games' was read as 'games'")
    tags = ft.from_table(table(text=texts(3), label=[('A', 'b'), ('a', 'B'), ('a',)])).merge_labels()
    assert list(tags.frame.label) == [('a', 'b'), ('a', 'b'), ('a',)]


@pytest.mark.parametrize('labels, expected', [
    (['{"choices":["Happy","Sad"]}', 'Happy', 'Sad'], [('Happy', 'Sad'), ('Happy',), ('Sad',)]),
    (['["Sad","Happy"]', '["Happy","Sad"]', '[]'], [('Happy', 'Sad'), ('Happy', 'Sad'), ()]),
    (["['a', 'b']", "['b']", '[]'], [('a', 'b'), ('b',), ()]),
    (["['a' 'b']", "['b']"], [('a', 'b'), ('b',)]),
    ([['x', 'y'], 'x', ('y',)], [('x', 'y'), ('x',), ('y',)]),
    ([{'choices': ['x']}, {'choices': ['x', 'y']}], [('x',), ('x', 'y')]),
    ([[{'choices': ['x']}, {'choices': ['y']}], [{'choices': ['y']}]], [('x', 'y'), ('y',)]),
])
@pytest.mark.parametrize('task', ['auto', 'multi'])
def test_lists_of_labels(labels, expected, task):
    data = ft.from_table(table(text=texts(len(labels)), label=labels), task=task)
    assert data.task == 'multi' and list(data.frame.label) == expected


@pytest.mark.parametrize('labels, expected', [
    (['games; admin', 'admin'], [('admin', 'games'), ('admin',)]),
    (['games,admin', 'admin'], [('admin', 'games'), ('admin',)]),
    (['games|admin', 'admin'], [('admin', 'games'), ('admin',)]),
    (['games admin', 'admin', 'games'], [('admin', 'games'), ('admin',), ('games',)]),
    (['golden retriever', 'cat'], [('golden retriever',), ('cat',)]),
    (['golden retriever; cat', 'cat'], [('cat', 'golden retriever'), ('cat',)]),
])
def test_several_labels_in_a_text(labels, expected):
    data = ft.from_table(table(text=texts(len(labels)), label=labels), task='multi')
    assert list(data.frame.label) == expected


def test_columns_of_0_and_1_under_every_task(tmp_path):
    frame = pd.DataFrame({'text': texts(4), 'cat': [1, 0, 1, 0], 'dog': [0, 1, 1, 0]})
    path = tmp_path/'t.csv'
    frame.to_csv(path, index=False)
    for source in (frame, path, frame.assign(cat=frame.cat.astype(bool), dog=frame.dog.astype(float))):
        assert list(ft.from_table(source, label=['cat', 'dog']).frame.label) == [('cat',), ('dog',), ('cat', 'dog'), ()]
        single = ft.from_table(source, label=['cat', 'dog'], task='single')
        assert list(single.frame.label) == ['cat', 'dog']
        assert list(single.rejected.reason) == ['more than one label', 'no label']
    with pytest.raises(ValueError, match='not a number'):
        ft.from_table(frame, label=['cat', 'dog'], task='regression')


def test_a_dictionary_is_no_label():
    data = ft.from_table(table(text=texts(4), label=['a', 'b', {'x': 1}, [{'y': 2}]]), task='single')
    assert 'a dictionary is not a label' in list(data.rejected.reason) and not any('{' in k for k in data.labels)


def test_many_whole_numbers_are_noted():
    ages = table(text=texts(60), label=list(range(18, 78)))
    assert any("task='regression'" in o for o in ft.from_table(ages).notes)
    assert ft.from_table(ages, task='regression').notes == ()
    classes = table(text=texts(60), label=[i % 3 for i in range(60)])
    assert ft.from_table(classes).notes == ()


def make_images(folder, names):
    for name in names:
        (folder/name).parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', (9, 9), (0, len(name), 7)).save(folder/name)


def test_the_level_of_labels_in_a_folder(tmp_path):
    make_images(tmp_path, [f'{split}/{k}/{k[0]}{p}/{i}.png' for split in ('train', 'test') for k in ('benign', 'malignant') for p in range(2) for i in range(2)])
    deep = ft.from_folder(tmp_path, level=1)
    assert deep.labels == ['benign', 'malignant'] and set(deep.frame.split) == {'train', 'test'}
    assert deep.frame.group.nunique() == 4
    assert ft.from_folder(tmp_path).labels == ['b0', 'b1', 'm0', 'm1']
    plain = ft.from_folder(tmp_path/'train')
    assert any('level=1' in o for o in plain.notes)
    with pytest.raises(ValueError, match='from 1'):
        ft.from_folder(tmp_path, level=-1)


def test_one_folder_in_each_label_is_no_group(tmp_path):
    make_images(tmp_path, [f'{k}/images/{i}.png' for k in ('cat', 'dog') for i in range(10)])
    data = ft.from_folder(tmp_path, level=1)
    assert data.labels == ['cat', 'dog'] and set(data.frame.group) == {''}
    assert ft.split(data).only('train').labels == ['cat', 'dog']


def test_settings_carry_level_and_merging(tmp_path):
    make_images(tmp_path/'x', [f'{k}/{k[0]}{p}/0.png' for k in ('Old', 'new', 'old') for p in range(2)])
    settings = ft.Settings(data=str(tmp_path/'x'), level=1, merge_labels='case')
    data = ft.open_data(settings.data, **table_columns(settings))
    assert sorted(o.lower() for o in data.labels) == ['new', 'old']
    assert data.source == settings.data


def test_a_level_needs_folders(tmp_path):
    table(text=texts(2), label=['x', 'y']).to_csv(tmp_path/'t.csv', index=False)
    for name in (str(tmp_path/'t.csv'), 'clipart'):
        with pytest.raises(ValueError, match='folder or archive to have level'):
            ft.open_data(name, level=1)


# A refusal has its reasons

def test_missing_files_are_named_with_the_path_that_was_tried(tmp_path):
    make_images(tmp_path, ['pics/a0.png', 'pics/a1.jpg'])
    rows = 'id_code,diagnosis\n{}\n'
    (tmp_path/'t.csv').write_text(rows.format('pics/a0,x\npics/a1,y\npics/a9,x'))
    data = ft.from_table(tmp_path/'t.csv', item='id_code', label='diagnosis')
    assert [Path(o).name for o in data.frame['item']] == ['a0.png', 'a1.jpg']
    assert list(data.rejected.reason) == ['no such file']
    (tmp_path/'t.csv').write_text(rows.format('b0,x\nb1,y'))
    with pytest.raises(ValueError, match="2 rejected: 2 × no such file .*b0'") as e:
        ft.from_table(tmp_path/'t.csv', item='id_code', label='diagnosis')
    assert len(e.value.rejected) == 2


def test_paths_of_windows(tmp_path):
    make_images(tmp_path, ['imgs/a0.png', 'imgs/deep/a1.png'])
    (tmp_path/'t.csv').write_text('path,label\nimgs\\a0.png,x\nimgs\\deep\\a1.png,y\n')
    data = ft.from_table(tmp_path/'t.csv')
    assert len(data) == 2 and len(data.rejected) == 0


def test_a_zip_with_backslashes(tmp_path, monkeypatch):
    monkeypatch.setenv('FINETUNE_NB_CACHE', str(tmp_path/'cache'))
    make_images(tmp_path, ['0.png'])
    with zipfile.ZipFile(tmp_path/'w.zip', 'w') as z:
        for k in 'ab':
            member = zipfile.ZipInfo('x')
            member.filename = f'pets\\{k}\\0.png'
            z.writestr(member, (tmp_path/'0.png').read_bytes())
    assert ft.from_archive(tmp_path/'w.zip').labels == ['a', 'b']


def test_the_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    make_images(tmp_path, ['pets/a/0.png', 'pets/b/0.png'])
    (tmp_path/'t.csv').write_text('path,label\n~/pets/a/0.png,x\npets/b/0.png,y\n')
    assert ft.from_folder('~/pets').labels == ft.open_data('~/pets').labels == ['a', 'b']
    assert len(ft.from_table('~/t.csv')) == 2


def test_is_valid_of_fastai():
    frame = table(text=texts(3), label=['x', 'y', 'x'], is_valid=[True, 'False', 0])
    assert list(ft.from_table(frame).frame.split) == ['valid', 'train', 'train']


def test_many_rejected_items_are_noted():
    data = ft.from_table(table(text=['a', None, 'b'], label=['x', 'y', 'y']))
    assert data.notes == ("1 rejected: 1 × no item ('')",)


# Pixels mean the same in every image

def ramp(top, dtype=np.uint16, low=0):
    return np.tile(np.linspace(low, top, 64), (64, 1)).astype(dtype)


def folder_of(folder, arrays, **kwargs):
    "A folder with two labels; the images in the order of their numbers"
    for i, a in enumerate(arrays):
        path = folder/'pics'/'ab'[i % 2]/f'{i}.tif'
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, a, **kwargs)
    return ft.from_folder(folder/'pics')


def gray_of(data, i):
    item = next(o for o in data.frame['item'] if o.endswith(f'{i}.tif'))
    return np.asarray(open_image(item, data.window).convert('L')).astype(float)


@pytest.mark.parametrize('arrays, window', [
    ([ramp(4095), ramp(2000)], (0, 4095)),
    ([ramp(1000), ramp(500)], (0, 1023)),
    ([ramp(65535), ramp(65535)], (0, 65535)),
    ([ramp(255, np.int32), ramp(200, np.int32)], (0, 255)),
    ([ramp(1, np.float32), ramp(0.5, np.float32)], (0, 1)),
    ([ramp(1, np.float64), ramp(0.5, np.float64)], (0, 1)),
    ([ramp(1, np.float16), ramp(0.5, np.float16)], (0, 1)),
    ([ramp(2000, np.int16, -1000), ramp(1000, np.int16, -500)], (-1000, 2000)),
    ([ramp(100, np.int8, -100), ramp(50, np.int8, -50)], (-100, 100)),
    ([ramp(3000, np.uint32), ramp(1000, np.uint32)], (0, 4095)),
    ([ramp(200, np.uint8), ramp(100, np.uint8)], ()),
])
def test_one_window_for_all_images(arrays, window, tmp_path):
    data = folder_of(tmp_path, arrays)
    assert np.allclose(data.window, window)
    low, high = data.window or (0, 255)
    for i, a in enumerate(arrays):
        expected = ((a.astype(float) - low) / (high - low) * 255).clip(0, 255)
        assert np.abs(gray_of(data, i) - expected).max() <= 1
    assert any('more than 8 bits' in o for o in data.notes) == bool(window)


@pytest.mark.parametrize('spot', [900, 30000, -30000])
def test_a_single_pixel_does_not_change_the_window(spot, tmp_path):
    slices = [ramp(200, np.int16, -200) for _ in range(4)]
    hot = slices[0].copy()
    hot[0, 0] = spot
    plain = folder_of(tmp_path/'plain', slices)
    spotted = folder_of(tmp_path/'spotted', [hot, *slices[1:]])
    assert plain.window == spotted.window
    assert np.abs(gray_of(plain, 0) - gray_of(spotted, 0))[1:].max() == 0


def test_the_window_can_be_chosen(tmp_path):
    data = folder_of(tmp_path, [ramp(4095), ramp(2000)])
    assert data.set_window((0, 8190)).window == (0, 8190)
    assert gray_of(data.set_window('dtype'), 0).max() < 17             # by type: 4095 of 65535
    path = str(tmp_path/'pics')
    for value, window in (('dtype', ()), ('-10,500.5', (-10, 500.5)), ('data', (0, 4095))):
        settings = ft.Settings(data=path, window=value)
        assert ft.open_data(path, **table_columns(settings)).window == window
    for wrong in ('5', 'wide', '1,2,3'):
        with pytest.raises(ValueError, match='0,4095'):
            ft.open_data(path, window=wrong)
    with pytest.raises(ValueError, match='black, white'):
        data.set_window((5, 5))
    assert data.set_window('dtype').set_window('data').window == (0, 4095)
    assert ft.from_folder(path, window=(0, 100)).window == (0, 100)
    assert ft.from_folder(path, window='dtype').window == ()


def test_the_lowest_value_can_be_white(tmp_path):
    data = folder_of(tmp_path, [ramp(4095), ramp(4095)], photometric='miniswhite')
    assert gray_of(data, 0)[0, 0] == 255 and gray_of(data, 0)[0, -1] == 0


def test_bands_and_pages(tmp_path):
    a = ramp(4095)
    color = folder_of(tmp_path/'color', [np.stack([a, a // 2, a // 4], -1)] * 2, photometric='rgb')
    assert color.window == (0, 4095)
    assert open_image(color.frame['item'][0], color.window).getpixel((63, 0)) == (255, 127, 64)
    five = folder_of(tmp_path/'five', [np.stack([(a // 16).astype(np.uint8)] * 5, -1)] * 2, photometric='rgb', extrasamples=[0, 0])
    assert any('more than three bands' in o for o in five.notes)
    deep = folder_of(tmp_path/'deep', [np.stack([a] * 5, -1)] * 2, photometric='minisblack', planarconfig='contig')
    assert deep.window == (0, 4095) and any('more than three bands' in o for o in deep.notes)
    stack = folder_of(tmp_path/'stack', [np.stack([a, a, a])] * 2, photometric='minisblack')
    assert any('several pages' in o for o in stack.notes)
    clear = folder_of(tmp_path/'clear', [np.stack([(a * 0).astype(np.uint8)] * 4, -1)] * 2, photometric='rgb', extrasamples=['unassalpha'])
    assert gray_of(clear, 0).min() == 255


def test_nothing_of_deep_images_is_called_blank(tmp_path):
    noise = np.random.default_rng(0).integers(0, 4096, (40, 40, 40)).astype(np.uint16)
    data = folder_of(tmp_path, list(noise))
    assert not {'blank', 'dark'} & set(ft.check_images(data).kind)


def test_not_a_number_is_black(tmp_path):
    a = ramp(1, np.float32)
    a[0, :] = np.nan
    data = folder_of(tmp_path, [a, a])
    assert gray_of(data, 0)[0].max() == 0 and gray_of(data, 0)[1].max() == 255
