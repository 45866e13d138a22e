"""Small files in the dialects that tools write, each with the rows that a reader expects

A case is a name, the content of the file, and what comes out: the rows as (text, label), the numbers of
the lines that are set aside, or a part of the error."""
from dataclasses import dataclass, field

film = 'Well, a good film'
rows = [(film, 'pos'), ('It was bad', 'neg'), ('It\'s "so so"', 'neg')]


@dataclass
class Case:
    name: str
    content: str | bytes
    rows: list = field(default_factory=list)
    set_aside: list = field(default_factory=list)
    error: str = ''
    suffix: str = '.csv'


def plain(lines, delimiter=',', end='\n'):
    return end.join(delimiter.join(o) for o in lines) + end


quoted = [('"Well, a good film"', 'pos'), ('It was bad', 'neg'), ('"It\'s ""so so"""', 'neg')]
simple = [('a good film', 'pos'), ('It was bad', 'neg'), ("It's so so", 'neg')]
head = ('text', 'label')
long_text = 'word ' * 60_000

cases = [
    # delimiters
    Case('comma', plain([head, *quoted]), rows),
    Case('semicolon', plain([head, *quoted], ';'), rows),
    Case('semicolon, commas in texts', plain([head, (film, 'pos'), ('Oh, a bad film', 'neg')], ';'), [(film, 'pos'), ('Oh, a bad film', 'neg')]),
    Case('tab in .csv', plain([head, *quoted], '\t'), rows),
    Case('tab in .tsv', plain([head, *quoted], '\t'), rows, suffix='.tsv'),
    Case('comma in .tsv', plain([head, *quoted]), rows, suffix='.tsv'),
    Case('pipe', plain([head, *quoted], '|'), rows),
    Case('semicolons in texts', plain([head, ('a; b; c', 'pos'), ('d; e; f', 'neg')]), [('a; b; c', 'pos'), ('d; e; f', 'neg')]),
    Case('tab, more commas than tabs', plain([head, ('a, b, c', 'pos'), ('d, e, f', 'neg')], '\t'), [('a, b, c', 'pos'), ('d, e, f', 'neg')]),
    Case('more columns', 'id,text,label,n\n1,"a, b",pos,3\n2,c,neg,4\n', [('a, b', 'pos'), ('c', 'neg')]),
    Case('one column', 'text\na good film\nIt was bad\n', [('a good film', ''), ('It was bad', '')]),
    Case('one column with commas', f'text\n{film}\nIt was bad\n', [(film, ''), ('It was bad', '')]),
    # quotes
    Case('every field quoted', '"text","label"\n"Well, a good film","pos"\n"It\'s ""so so""","neg"\n', [rows[0], rows[2]]),
    Case('single quotes', "text,label\n'Well, a good film',pos\n'It was bad',neg\n", rows[:2]),
    Case('apostrophes', plain([head, *simple, ("'tis fine", 'pos')]), [*simple, ("'tis fine", 'pos')]),
    Case('backslash before quotes', 'text,label\n"Say \\"no\\", ok",pos\n"a, b",neg\n', [('Say "no", ok', 'pos'), ('a, b', 'neg')]),
    Case('quotes within', 'text,label\nHe said "no" to me,pos\nIt was bad,neg\n', [('He said "no" to me', 'pos'), ('It was bad', 'neg')]),
    Case('a quoted word first', 'text,label\n"Good" film,pos\nIt was bad,neg\n', [('"Good" film', 'pos'), ('It was bad', 'neg')]),
    Case('inches', 'text\tlabel\nA 5" disk\tpos\nA 3" disk\tneg\n', [('A 5" disk', 'pos'), ('A 3" disk', 'neg')], suffix='.tsv'),
    Case('tsv without quoting', 'text\tlabel\n"To be or not\tpos\nIt was bad\tneg\n"So it is\tneg\n', [('"To be or not', 'pos'), ('It was bad', 'neg'), ('"So it is', 'neg')], suffix='.tsv'),
    Case('a quote that never ends', f'text,label\n"{film}",pos\n"It was bad,neg\nfine,pos\nnot fine,neg\n', [(film, 'pos'), ('fine', 'pos'), ('not fine', 'neg')], [3]),
    Case('line breaks in texts', 'text,label\n"One line,\nand another",pos\nIt was bad,neg\n', [('One line,\nand another', 'pos'), ('It was bad', 'neg')]),
    Case('empty quoted fields', 'text,label,note\n"a",pos,""\n"b",neg,""\n', [('a', 'pos'), ('b', 'neg')]),
    Case('backslash before delimiters', 'text,label\nWell\\, a good film,pos\nIt was bad,neg\n', rows[:2]),
    Case('NULL of MySQL', 'text\tlabel\na\tpos\n\\N\tneg\n', [('a', 'pos'), ('', 'neg')], suffix='.tsv'),
    Case('control character of Hive', 'text\x01label\nWell, a good film\x01pos\nIt was bad\x01neg\n', rows[:2]),
    # spaces
    Case('space after delimiter', 'text, label\na good film, pos\nIt was bad, neg\n', [('a good film', 'pos'), ('It was bad', 'neg')]),
    Case('space before quote', 'text, label\n"Well, a good film", "pos"\n"It was bad", "neg"\n', rows[:2]),
    Case('spaces around names', ' text , label \na good film,pos\nIt was bad,neg\n', [('a good film', 'pos'), ('It was bad', 'neg')]),
    # trailing delimiters and unnamed columns
    Case('trailing delimiter in rows', 'text,label\na good film,pos,\nIt was bad,neg,\n', [('a good film', 'pos'), ('It was bad', 'neg')]),
    Case('trailing delimiter everywhere', 'text,label,\na good film,pos,\nIt was bad,neg,\n', [('a good film', 'pos'), ('It was bad', 'neg')]),
    Case('empty columns of a spreadsheet', 'text,label,,,\na good film,pos,,,\nIt was bad,neg,,,\n,,,,\n', [('a good film', 'pos'), ('It was bad', 'neg')]),
    Case('index of pandas', ',text,label\n0,"Well, a good film",pos\n1,It was bad,neg\n', rows[:2]),
    Case('write.csv of R', '"","text","label"\n"1","Well, a good film","pos"\n"2","It was bad","neg"\n', rows[:2]),
    Case('write.table of R', '"text"\t"label"\n"1"\t"Well, a good film"\t"pos"\n"2"\t"It was bad"\t"neg"\n', rows[:2]),
    Case('write.table of R, spaces', '"text" "label"\n"1" "Well, a good film" "pos"\n"2" "It was bad" "neg"\n', rows[:2]),
    Case('sep of Excel', 'sep=;\ntext;label\na good film;pos\nIt was bad;neg\n', [('a good film', 'pos'), ('It was bad', 'neg')]),
    # rows that do not fit
    Case('commas in every text', 'text,label\nWell, a good film,pos\nOh, a bad film,neg\n', error='3 fields'),
    Case('a comma in one text', 'text,label\nfine,pos\nOh, a bad film,neg\nnot fine,neg\n', [('fine', 'pos'), ('not fine', 'neg')], [3]),
    Case('a comma in the first text', 'text,label\nOh, a bad film,neg\nfine,pos\nnot fine,neg\n', [('fine', 'pos'), ('not fine', 'neg')], [2]),
    Case('a short row', 'text,label\nfine,pos\nOh\nnot fine,neg\n', [('fine', 'pos'), ('not fine', 'neg')], [3]),
    Case('blank lines', 'text,label\n\nfine,pos\n\nnot fine,neg\n\n\n', [('fine', 'pos'), ('not fine', 'neg')]),
    Case('a name twice', 'text,label,label\na,pos,x\nb,neg,y\n', error='different names'),
    # line ends, encodings, sizes
    Case('Windows', plain([head, *quoted], end='\r\n'), rows),
    Case('old Mac', plain([head, *quoted], end='\r'), rows),
    Case('no line end at the end', plain([head, *quoted])[:-1], rows),
    Case('byte order mark', plain([head, *quoted]).encode('utf-8-sig'), rows),
    Case('UTF-16 of Excel', plain([head, *quoted], '\t').encode('utf-16'), rows),
    Case('cp1252', 'text,label\nEin schöner Film für Käthe,gut\nEin böser Film über Bären,schlecht\n'.encode('cp1252'), [('Ein schöner Film für Käthe', 'gut'), ('Ein böser Film über Bären', 'schlecht')]),
    Case('a long text', f'text,label\n"{long_text}",pos\nshort,neg\n', [(long_text, 'pos'), ('short', 'neg')]),
    Case('unusual line separators', 'text,label\n"a\u2028b",pos\nc\x85d,neg\n', [('a\u2028b', 'pos'), ('c\x85d', 'neg')]),
    Case('backslashes', 'text,label\nC:\\films\\new,pos\nD:\\"x,neg\n', [('C:\\films\\new', 'pos'), ('D:\\"x', 'neg')]),
]
assert len({o.name for o in cases}) == len(cases)
