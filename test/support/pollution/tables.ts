/** A table as it should be read: names, or null without a header, and rows. */
export interface CleanTable {
  readonly header: readonly string[] | null
  readonly rows: readonly (readonly string[])[]
}

const pick = <T>(values: readonly T[], index: number): T => {
  const value = values[index % values.length]
  if (value === undefined) throw new Error('There is nothing to pick from.')
  return value
}
const digits = (value: number, length: number): string => String(value).padStart(length, '0')

/** What shops write down: dates, times, prices, web addresses, texts with commas, quotes and line ends, gaps. */
function orders(rows: number): CleanTable {
  const products = ['Lamp, green', 'Chair "Oslo"', 'Desk', 'Table, 4 legs', 'Shelf', 'Sofa 2-seat', 'Bed\nqueen size']
  const kinds = ['home', 'office', 'garden']
  const remarks = [
    '',
    'call before; ring twice',
    'gift',
    '',
    'fragile, heavy',
    'see "notes"',
    "it's for Bob's shop",
    ''
  ]
  return {
    header: ['DAY', 'TIME', 'QTY', 'ARTICLE', 'PRICE', 'KIND', 'DESCRIPTION', 'LINK', 'REMARKS'],
    rows: Array.from({ length: rows }, (_, row) => [
      `${digits((row % 12) + 1, 2)}/${digits(((row * 7) % 28) + 1, 2)}/2019`,
      `${digits((row * 5) % 24, 2)}:${digits((row * 13) % 60, 2)}:00`,
      String((row * 3) % 11),
      `${pick(['AX', 'BQ', 'CM'], row)}${1000 + ((row * 37) % 900)}`,
      row % 17 === 5 ? '' : ((row * 731) % 9000) / 100 === 0 ? '1.5' : (((row * 731) % 9000) / 100).toFixed(2),
      pick(kinds, row * 2),
      `${pick(products, row)} no. ${row % 9}`,
      row % 13 === 7 ? '' : `https://shop.example.org/a/${1000 + row}?ref=${pick(kinds, row)}`,
      pick(remarks, row)
    ])
  }
}

/** What instruments write: numbers, some of them missing, and a time. */
function measurements(rows: number): CleanTable {
  return {
    header: ['time', 'sensor', 'temperature', 'humidity', 'pressure', 'state'],
    rows: Array.from({ length: rows }, (_, row) => [
      `2021-03-${digits((row % 28) + 1, 2)} ${digits((row * 7) % 24, 2)}:00`,
      String(100 + (row % 5)),
      row % 9 === 4 ? '' : (15 + ((row * 37) % 100) / 10).toFixed(1),
      String(30 + ((row * 11) % 60)),
      (990 + ((row * 53) % 400) / 10).toFixed(2),
      pick(['ok', 'ok', 'warm', 'ok', 'low'], row)
    ])
  }
}

/** What people write: nothing but texts. */
function people(rows: number): CleanTable {
  const first = ['Ana', 'Bogdan', 'Çelik', 'Dieter', "D'Arcy", 'Émile', 'Fatima', 'Guðrún']
  const last = ['Okafor', 'Smith', 'van den Berg', "O'Neil", 'García', 'Ito', 'Kowalski']
  const towns = ['Köln', 'Paris', 'São Paulo', 'New York', 'Łódź', 'Oslo']
  const notes = ['', 'likes tea, not coffee', 'speaks Dutch; some Greek', 'works at "The Mill"', 'retired', '']
  return {
    header: ['given name', 'family name', 'town', 'notes', 'role'],
    rows: Array.from({ length: rows }, (_, row) => [
      pick(first, row * 3),
      pick(last, row * 5),
      pick(towns, row * 7),
      pick(notes, row),
      pick(['member', 'guest', 'staff'], row * 2)
    ])
  }
}

/** What people say about things: long texts of sentences, lists, lines and markup beside two short columns. */
function reviews(rows: number): CleanTable {
  const texts = [
    'Good; cheap; fast.',
    'It broke, twice, in May.\nNever again!',
    'As they say: "you get what you pay for", and I did.',
    '<p class="x">Fine, thanks</p>\n<ul><li>light; small</li></ul>',
    '',
    "Don't buy | don't ask",
    'pros: 1, 2, 3\ncons: a; b; c\n\nsee 4.5/5',
    '"Wow"'
  ]
  return {
    header: ['id', 'stars', 'review', 'day'],
    rows: Array.from({ length: rows }, (_, row) => [
      String(501 + row),
      String((row * 7) % 5),
      pick(texts, row * 3) === '' ? '' : `${pick(texts, row * 3)} (${row})`,
      `2022-0${(row % 9) + 1}-1${row % 10}`
    ])
  }
}

/** Tables of different nature. */
export const cleanTables: Readonly<Record<string, CleanTable>> = {
  orders: orders(80),
  measurements: measurements(30),
  people: people(24),
  reviews: reviews(20)
}
