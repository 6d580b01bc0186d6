import { outside, row, type Polluted } from './case'

export const numbers: Record<string, Polluted> = {
  'decimal commas': {
    content: 'a;b\n1,5;2\n2,25;3\n',
    dialect: { delimiter: ';', decimalMark: ',' },
    cells: [
      ['a', 'b'],
      ['1,5', '2'],
      ['2,25', '3']
    ]
  },
  'decimal commas in quotes between commas': {
    content: 'a,b\n"1,5",2\n"2,25",3\n',
    dialect: { decimalMark: ',' },
    cells: [
      ['a', 'b'],
      ['1,5', '2'],
      ['2,25', '3']
    ]
  },
  'thousands after points': {
    content: 'a;b\n1.234,5;x\n2.345.678,25;y\n',
    dialect: { delimiter: ';', decimalMark: ',', thousandsMark: '.' },
    cells: [
      ['a', 'b'],
      ['1.234,5', 'x'],
      ['2.345.678,25', 'y']
    ]
  },
  'thousands after commas': {
    content: 'a,b\n"1,234.5",x\n"2,345,678",y\n',
    dialect: { thousandsMark: ',' },
    cells: [
      ['a', 'b'],
      ['1,234.5', 'x'],
      ['2,345,678', 'y']
    ]
  },
  'thousands after spaces': {
    content: 'a;b\n1 234,5;x\n2 345 678;y\n',
    dialect: { delimiter: ';', decimalMark: ',', thousandsMark: ' ' },
    cells: [
      ['a', 'b'],
      ['1 234,5', 'x'],
      ['2 345 678', 'y']
    ]
  },
  'thousands after spaces that keep digits together': {
    content: 'a;b;c\n1\u00a0234,5;1\u202f234;x\n2\u00a0345\u00a0678;22\u2009345;y\n12;3;z\n',
    dialect: { delimiter: ';', decimalMark: ',', thousandsMark: ' ' },
    cells: [
      ['a', 'b', 'c'],
      ['1\u00a0234,5', '1\u202f234', 'x'],
      ['2\u00a0345\u00a0678', '22\u2009345', 'y'],
      ['12', '3', 'z']
    ]
  },
  'thousands after apostrophes': {
    content: "a;b\n1'234.5;x\n2'345'678;y\n",
    dialect: { delimiter: ';', thousandsMark: "'" },
    cells: [
      ['a', 'b'],
      ["1'234.5", 'x'],
      ["2'345'678", 'y']
    ]
  },
  'missing-value words': {
    content: 'a,b\n1,x\n,NA\nN/A,null\nNaN,?\n-,\n',
    cells: [
      ['a', 'b'],
      ['1', 'x'],
      ['', 'NA'],
      ['N/A', 'null'],
      ['NaN', '?'],
      ['-', '']
    ]
  }
}

export const headers: Record<string, Polluted> = {
  'no header': {
    content: '5.1,red\n4.9,blue\n4.7,red\n',
    dialect: { header: false },
    cells: [
      ['5.1', 'red'],
      ['4.9', 'blue'],
      ['4.7', 'red']
    ]
  },
  'no header, and a word for a value it has not': {
    content: '1\tfoo\t\\N\t2020-01-01\n2\tbar\t5\t2020-01-02\n3\tbaz\t7\t2020-01-03\n',
    dialect: { delimiter: '\t', header: false },
    cells: [
      ['1', 'foo', '\\N', '2020-01-01'],
      ['2', 'bar', '5', '2020-01-02'],
      ['3', 'baz', '7', '2020-01-03']
    ]
  },
  'years for names': {
    content: 'region,2019,2020,2021\nnorth,100,200,300\nsouth,110,210,310\n',
    cells: [
      ['region', '2019', '2020', '2021'],
      ['north', '100', '200', '300'],
      ['south', '110', '210', '310']
    ]
  },
  'counted columns': {
    content: 'id,1,2,3\n7,0.5,0.6,0.7\n8,1.5,1.6,1.7\n',
    cells: [
      ['id', '1', '2', '3'],
      ['7', '0.5', '0.6', '0.7'],
      ['8', '1.5', '1.6', '1.7']
    ]
  },
  'repeated and empty names': {
    content: 'a,,a\n1,2,3\n4,5,6\n',
    cells: [
      ['a', '', 'a'],
      ['1', '2', '3'],
      ['4', '5', '6']
    ]
  },
  'names and units': {
    content: 'time,temperature,pressure,state\n,°C,hPa,\n1,20.5,990,ok\n2,21.5,991,ok\n3,22,992,ok\n',
    cells: [
      ['time', 'temperature', 'pressure', 'state'],
      ['1', '20.5', '990', 'ok'],
      ['2', '21.5', '991', 'ok'],
      ['3', '22', '992', 'ok']
    ],
    counts: { preambleLines: 1 },
    issues: [outside(2, ',°C,hPa,')]
  },
  'names and units, where one line is said to be the header': {
    content: 'time,temperature,pressure\ns,°C,hPa\n1,20.5,990\n2,21.5,991\n',
    overrides: { header: true },
    cells: [
      ['time', 'temperature', 'pressure'],
      ['s', '°C', 'hPa'],
      ['1', '20.5', '990'],
      ['2', '21.5', '991']
    ]
  },
  'names of nothing but texts': {
    content: 'name,,role\nAna,x,guest\nBogdan,y,guest\nAna,z,staff\nCarl,w,staff\n',
    cells: [
      ['name', '', 'role'],
      ['Ana', 'x', 'guest'],
      ['Bogdan', 'y', 'guest'],
      ['Ana', 'z', 'staff'],
      ['Carl', 'w', 'staff']
    ]
  },
  'no names of nothing but texts': {
    content: 'Dora,v,guest\nAna,x,guest\nBogdan,y,guest\nAna,z,staff\nCarl,w,staff\n',
    dialect: { header: false },
    cells: [
      ['Dora', 'v', 'guest'],
      ['Ana', 'x', 'guest'],
      ['Bogdan', 'y', 'guest'],
      ['Ana', 'z', 'staff'],
      ['Carl', 'w', 'staff']
    ]
  },
  'a header that is written with another delimiter': {
    content: 'a;b;c\n1,x,5\n2,y,6\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    issues: [row(1, '1 cell: a;b;c', { kind: 'fewCells' })]
  },
  'a header with a quote too many': {
    content: 'a,"b,c\n1,x,5\n2,y,6\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    issues: [row(1, 'a,"b,c', { kind: 'strayQuote' })]
  },
  'a header with a delimiter too many': {
    content: 'a,,b,c\n1,x,5\n2,y,6\n3,z,7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    issues: [row(1, '4 cells: a,,b,c', { kind: 'manyCells' })]
  },
  'no name for the names of rows': {
    content: '"x","y"\n"Mazda",21,6\n"Datsun",22.8,4\n"Hornet",21.4,6\n',
    cells: [
      ['', 'x', 'y'],
      ['Mazda', '21', '6'],
      ['Datsun', '22.8', '4'],
      ['Hornet', '21.4', '6']
    ],
    issues: [row(1, '2 cells: "x","y"', { kind: 'fewCells' })]
  },
  'a header without its last name': {
    content: 'a,b\n1,x,5\n1,y,6\n2,z,7\n',
    cells: [
      ['a', 'b', ''],
      ['1', 'x', '5'],
      ['1', 'y', '6'],
      ['2', 'z', '7']
    ],
    issues: [row(1, '2 cells: a,b', { kind: 'fewCells', expected: '3 cells' })]
  },
  'a header with a name too many': {
    content: 'a,b,c\n1,x\n2,y\n3,z\n4,w\n',
    cells: [
      ['a', 'b,c'],
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z'],
      ['4', 'w']
    ],
    issues: [row(1, '3 cells: a,b,c', { kind: 'manyCells', expected: '2 cells' })]
  }
}
