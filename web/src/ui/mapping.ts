import type { Feature, Position } from 'geojson'

/** A place on the map. */
export interface Pin {
  id: string
  lon: number
  lat: number
  label: string
  tone?: 'good' | 'warn' | 'bad' | 'brand'
  size?: number
  text?: string
  /** A colour of its own in place of the tone's. */
  colour?: string
  /** A place that is no door: a square mark. */
  square?: boolean
}

/** A way on the map, in the order in which it is gone. */
export interface Way {
  colour: string
  path: readonly (readonly [lon: number, lat: number])[]
  dashes: readonly number[]
}

/** Colours told apart also by colour-blind eyes, each dark enough for white words on it; with them how the line is drawn. */
const colours = ['#005f9e', '#b33c00', '#00705a', '#8a2b7d', '#7a5c00', '#b0003a', '#3d3d8f', '#4a4a4a'] as const
const strokes = [[1], [3, 1.5], [1, 1.5], [5, 1.5, 1, 1.5]] as const
export const wayStyle = (place: number): { colour: string; dashes: readonly number[] } => ({
  colour: colours[place % colours.length] ?? colours[0],
  dashes: strokes[Math.floor(place / colours.length) % strokes.length] ?? strokes[0]
})

/** A district with the colour it is filled with. */
export interface Area {
  code: string
  colour: string
}

const steps = ['#eaf3ee', '#fdf0da', '#f9d9b8', '#f2b8a6', '#e48f84'] as const
const limits = [0.2, 0.4, 0.6, 0.8]

/** Light to deep by share of 0 to 1: five steps, and none where there is nothing to share. */
export function shade(part: number, whole: number): string {
  if (!whole) return '#fbfdfc'
  const share = part / whole
  const step = limits.filter((limit) => share > limit).length
  return steps[step] ?? steps[0]
}
export const legend = steps.map((colour, place) => ({ colour, from: place * 20, to: (place + 1) * 20 }))

/** The middle of the largest ring of an outline: where its name stands. */
export function middleOf(one: Feature): [number, number] {
  const rings: Position[][] = one.geometry.type === 'Polygon' ? one.geometry.coordinates : one.geometry.type === 'MultiPolygon' ? one.geometry.coordinates.flat() : []
  const ring = rings.reduce((most, next) => (next.length > most.length ? next : most), [] as Position[])
  let area = 0
  let x = 0
  let y = 0
  ring.forEach(([lon = 0, lat = 0], place) => {
    const [nextLon = 0, nextLat = 0] = ring[(place + 1) % ring.length] ?? []
    const cross = lon * nextLat - nextLon * lat
    area += cross
    x += (lon + nextLon) * cross
    y += (lat + nextLat) * cross
  })
  return area ? [x / (3 * area), y / (3 * area)] : [0, 0]
}

/** Where round marks on a screen must move so that none covers another by more than a fifth: as little as possible, by pushing pairs apart. */
export function spread(marks: readonly { x: number; y: number; size: number }[]): [number, number][] {
  const places = marks.map(({ x, y }) => [x, y] as [number, number])
  for (let round = 0; round < 40; round++) {
    for (const [i, one] of places.entries()) {
      for (const [j, other] of places.slice(i + 1).entries()) {
        const wanted = 0.4 * ((marks[i]?.size ?? 0) + (marks[i + 1 + j]?.size ?? 0))
        const [x, y] = [other[0] - one[0] || 0.1, other[1] - one[1]]
        const away = Math.hypot(x, y)
        if (away >= wanted) continue
        const [stepX, stepY] = [(x / away) * (wanted - away) / 2, (y / away) * (wanted - away) / 2]
        one[0] -= stepX
        one[1] -= stepY
        other[0] += stepX
        other[1] += stepY
      }
    }
  }
  return places.map(([x, y], place) => [x - (marks[place]?.x ?? 0), y - (marks[place]?.y ?? 0)])
}
