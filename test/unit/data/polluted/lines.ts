import { outside, row, type Polluted } from './case'
import { three, written } from './writing'

export const beside: Record<string, Polluted> = {
  comments: {
    content: '# made on a Monday\na,b\n1,x\n# half of it\n2,y\n',
    dialect: { comment: '#', preambleLines: 1 },
    cells: [
      ['a', 'b'],
      ['1', 'x'],
      ['2', 'y']
    ],
    counts: { preambleLines: 1, commentLines: 1 },
    issues: [outside(1, '# made on a Monday'), outside(4, '# half of it')]
  },
  'comments of another kind': {
    content: '% made by a machine\n% on a Monday\n1 2\n3 4\n5 6\n',
    dialect: { delimiter: ' ', header: false, comment: '%', preambleLines: 2 },
    cells: [
      ['1', '2'],
      ['3', '4'],
      ['5', '6']
    ],
    counts: { preambleLines: 2 },
    issues: [outside(1, '% made by a machine'), outside(2, '% on a Monday')]
  },
  'comments as long as a row of words': {
    content:
      '# a log of it\n# roof\n2024-01-01 10:00 1.5 2\n2024-01-01 10:10 1.6 3\n# restarted\n2024-01-01 10:20 1.7 4\n',
    dialect: { delimiter: ' ', header: false, comment: '#', preambleLines: 2 },
    cells: [
      ['2024-01-01', '10:00', '1.5', '2'],
      ['2024-01-01', '10:10', '1.6', '3'],
      ['2024-01-01', '10:20', '1.7', '4']
    ],
    counts: { preambleLines: 2, commentLines: 1 },
    issues: [outside(1, '# a log of it'), outside(2, '# roof'), outside(5, '# restarted')]
  },
  'a mark in front of the header': {
    content: '#a,b\n1,x\n2,y\n',
    cells: [
      ['#a', 'b'],
      ['1', 'x'],
      ['2', 'y']
    ]
  },
  titles: {
    content: 'Population of it all\nby region\n\nregion,women,men\nnorth,1,2\nsouth,3,4\n',
    dialect: { preambleLines: 3 },
    cells: [
      ['region', 'women', 'men'],
      ['north', '1', '2'],
      ['south', '3', '4']
    ],
    counts: { preambleLines: 3 },
    issues: [outside(1, 'Population of it all'), outside(2, 'by region')]
  },
  'titles with values': {
    content: 'Station;12345\nName;Hohenpeissenberg\n\ndate;temperature;rain\n2024-01-01;-0,5;1,2\n2024-01-02;0,3;0\n',
    dialect: { delimiter: ';', decimalMark: ',', preambleLines: 3 },
    cells: [
      ['date', 'temperature', 'rain'],
      ['2024-01-01', '-0,5', '1,2'],
      ['2024-01-02', '0,3', '0']
    ],
    counts: { preambleLines: 3 },
    issues: [outside(1, 'Station;12345'), outside(2, 'Name;Hohenpeissenberg')]
  },
  'titles filled up with empty cells': {
    content:
      'Account;Somebody;;;\nFrom;01.01.2024;;;\n;;;;\nday;for;whom;sum;currency\n02.01.;rent;A;-1,5;EUR\n03.01.;food;B;-2,5;EUR\n',
    dialect: { delimiter: ';', decimalMark: ',', preambleLines: 3 },
    cells: [
      ['day', 'for', 'whom', 'sum', 'currency'],
      ['02.01.', 'rent', 'A', '-1,5', 'EUR'],
      ['03.01.', 'food', 'B', '-2,5', 'EUR']
    ],
    counts: { preambleLines: 3 },
    issues: [outside(1, 'Account;Somebody;;;'), outside(2, 'From;01.01.2024;;;'), outside(3, ';;;;')]
  },
  footers: {
    content: 'region,women,men\nnorth,1,2\nsouth,3,4\n\nSource: somebody\n(1) Estimated, see there.\n',
    dialect: { footerLines: 2 },
    cells: [
      ['region', 'women', 'men'],
      ['north', '1', '2'],
      ['south', '3', '4']
    ],
    counts: { blankLines: 1, footerLines: 2 },
    issues: [outside(5, 'Source: somebody'), outside(6, '(1) Estimated, see there.')]
  },
  'footers filled up with empty cells': {
    content: 'region,women,men\nnorth,1,2\nsouth,3,4\n,,\nSource: somebody,,\n(1) Estimated,,\n',
    dialect: { footerLines: 3 },
    cells: [
      ['region', 'women', 'men'],
      ['north', '1', '2'],
      ['south', '3', '4']
    ],
    counts: { footerLines: 3 },
    issues: [outside(4, ',,'), outside(5, 'Source: somebody,,'), outside(6, '(1) Estimated,,')]
  },
  'rows that are empty but for their first cell': {
    content: 'region,women,men\nnorth,1,2\nsouth,3,4\nwest,,\n',
    cells: [
      ['region', 'women', 'men'],
      ['north', '1', '2'],
      ['south', '3', '4'],
      ['west', '', '']
    ]
  },
  'another table below a blank line': {
    content: 'id,a,b\n1,2,3\n4,5,6\n7,8,9\n\nname,amount\nx,1\ny,2\n',
    dialect: { footerLines: 3 },
    cells: [
      ['id', 'a', 'b'],
      ['1', '2', '3'],
      ['4', '5', '6'],
      ['7', '8', '9']
    ],
    counts: { blankLines: 1, footerLines: 3 },
    issues: [outside(6, 'name,amount'), outside(7, 'x,1'), outside(8, 'y,2')]
  },
  'a wider table below': {
    content: 'id,a\n1,2\n4,5\n7,8\n10,11\nname,amount,sum\nx,1,2\ny,2,3\n',
    dialect: { footerLines: 3 },
    cells: [
      ['id', 'a'],
      ['1', '2'],
      ['4', '5'],
      ['7', '8'],
      ['10', '11']
    ],
    counts: { footerLines: 3 },
    issues: [outside(6, 'name,amount,sum'), outside(7, 'x,1,2'), outside(8, 'y,2,3')]
  },
  'blank lines': {
    content: '\na,b\n\n1,x\n  \n2,y\n\n\n',
    cells: [
      ['a', 'b'],
      ['1', 'x'],
      ['2', 'y']
    ],
    counts: { blankLines: 5 }
  },
  'a blank line in a table of one column, which is an empty cell': {
    content: 'x\n1\n\n2\n',
    cells: [['x'], ['1'], [''], ['2']]
  }
}

export const lines: Record<string, Polluted> = {
  'returns and line feeds': { content: written(',', '\r\n'), cells: three },
  returns: { content: written(',', '\r'), cells: three },
  'all line ends': { content: 'a,b,c\r\n1,x,1.5\n2,y,2.5\r3,z,3.5\r\n', cells: three },
  'no end of the last line': { content: written(',').slice(0, -1), cells: three },
  'zero bytes': {
    content: 'a,b\n1,x\n2,\0y\0\n3,z\n',
    cells: [
      ['a', 'b'],
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '2,\0y\0', { kind: 'zeroByte', byte: 8 })]
  },
  'a short row': {
    content: 'a,b,c\n1,x,5\n2,y\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', ''],
      ['3', 'z', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '2 cells: 2,y', { kind: 'fewCells', byte: 12, column: 'c', expected: '3 cells' })]
  },
  'a long row': {
    content: 'a,b,c\n1,x,5\n2,y,6,more\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6,more'],
      ['3', 'z', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '4 cells: 2,y,6,more', { kind: 'manyCells', column: 'c', expected: '3 cells' })]
  },
  'delimiters too many at the end of a row': {
    content: 'a,b,c\n1,x,5\n2,y,6,,\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '5 cells: 2,y,6,,', { kind: 'manyCells' })]
  },
  'a delimiter too many in the middle of a row': {
    content: 'a,b,c\n1,x,5\n2,,y,6\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '4 cells: 2,,y,6', { kind: 'manyCells', column: 'b' })]
  },
  'a row without its second cell': {
    content: 'day,kind,sum,state\n2020-01-01,x,5,ok\n2020-01-02,6,ok\n2020-01-03,x,7,ok\n2020-01-04,x,7,ok\n2020-01-05,x,8,ok\n', // prettier-ignore
    cells: [
      ['day', 'kind', 'sum', 'state'],
      ['2020-01-01', 'x', '5', 'ok'],
      ['2020-01-02', '', '6', 'ok'],
      ['2020-01-03', 'x', '7', 'ok'],
      ['2020-01-04', 'x', '7', 'ok'],
      ['2020-01-05', 'x', '8', 'ok']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '3 cells: 2020-01-02,6,ok', { kind: 'fewCells', column: 'kind' })]
  },
  'another delimiter in one place': {
    content: 'a,b,c,d\n1,x,5,2\n2,y;6,3\n3,y,7,4\n4,x,8,5\n5,y,9,6\n6,x,4,7\n',
    cells: [
      ['a', 'b', 'c', 'd'],
      ['1', 'x', '5', '2'],
      ['2', 'y', '6', '3'],
      ['3', 'y', '7', '4'],
      ['4', 'x', '8', '5'],
      ['5', 'y', '9', '6'],
      ['6', 'x', '4', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '3 cells: 2,y;6,3', { kind: 'fewCells', column: 'b' })]
  },
  'unquoted delimiters in text': {
    content:
      'id,street,price\n1,Main Street 5,10.5\n2,Elm Road, left,11\n3,Oak Lane,12.5\n4,Hill, Apt 4, top,9\n5,Park,8\n',
    cells: [
      ['id', 'street', 'price'],
      ['1', 'Main Street 5', '10.5'],
      ['2', 'Elm Road, left', '11'],
      ['3', 'Oak Lane', '12.5'],
      ['4', 'Hill, Apt 4, top', '9'],
      ['5', 'Park', '8']
    ],
    counts: { repaired: 2 },
    issues: [
      row(3, '4 cells: 2,Elm Road, left,11', { kind: 'manyCells', column: 'street' }),
      row(5, '5 cells: 4,Hill, Apt 4, top,9', { kind: 'manyCells', column: 'street' })
    ]
  },
  'rows with another delimiter': {
    content: 'a,b,c\n1,x,5\n2;y;6\n3,z,7\n4|w|8\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7'],
      ['4', 'w', '8']
    ],
    counts: { repaired: 2 },
    issues: [row(3, '1 cell: 2;y;6', { kind: 'fewCells' }), row(5, '1 cell: 4|w|8', { kind: 'fewCells' })]
  },
  'rows that do not fit, left out': {
    content: 'a,b,c\n1,x,5\n2,y\n3,z,7\n4,"w,8\n5,v,9\n',
    overrides: { malformed: 'skip' },
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['3', 'z', '7'],
      ['5', 'v', '9']
    ],
    counts: { skipped: 2 },
    issues: [
      { kind: 'fewCells', row: null, line: 3, action: 'skipped' },
      { kind: 'strayQuote', row: null, line: 5, action: 'skipped' }
    ]
  }
}
