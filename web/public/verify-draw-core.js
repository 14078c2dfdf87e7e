// 核验 a published draw computed again, in a browser without a server or in node: the third implementation of docs/draw.md.
// Nothing of the product is imported. `verifyDraw(bytes, onProgress)` returns {title, objects, doors, separate, strata, changes, faults, holds, hash, drawn_hash}.
;(function (root) {
  'use strict'
  const K = new Int32Array(64)
  const START = new Uint32Array(8)
  let found = 0
  for (let number = 2; found < 64; number++) {
    let prime = true
    for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) prime = false
    if (!prime) continue
    if (found < 8) START[found] = (Math.sqrt(number) % 1) * 0x100000000
    K[found++] = Math.floor((Math.cbrt(number) % 1) * 0x100000000)
  }
  const W = new Int32Array(68)

  function sha256Block(state, bytes, at) {
    for (let i = 0; i < 16; i++, at += 4) W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15]
      const y = W[i - 2]
      W[i] = W[i - 16] + W[i - 7] + (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))
    }
    let a = state[0] | 0, b = state[1] | 0, c = state[2] | 0, d = state[3] | 0
    let e = state[4] | 0, f = state[5] | 0, g = state[6] | 0, h = state[7] | 0
    for (let i = 0; i < 64; i++) {
      const one = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0
      const two = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h
  }

  // SM3 (GB/T 32905): the constants of its two halves, turned by the number of the step.
  const turn = (x, n) => (x << n) | (x >>> (32 - n))
  const T = Int32Array.from({ length: 64 }, (_, i) => (i % 32 ? turn(i < 16 ? 0x79cc4519 : 0x7a879d8a, i % 32) : i < 16 ? 0x79cc4519 : 0x7a879d8a))
  const SM3_START = new Uint32Array([0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e])

  function sm3Block(state, bytes, at) {
    for (let i = 0; i < 16; i++, at += 4) W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    for (let i = 16; i < 68; i++) {
      const x = W[i - 16] ^ W[i - 9] ^ ((W[i - 3] << 15) | (W[i - 3] >>> 17))
      W[i] = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9)) ^ ((W[i - 13] << 7) | (W[i - 13] >>> 25)) ^ W[i - 6]
    }
    let a = state[0] | 0, b = state[1] | 0, c = state[2] | 0, d = state[3] | 0
    let e = state[4] | 0, f = state[5] | 0, g = state[6] | 0, h = state[7] | 0
    for (let i = 0; i < 64; i++) {
      const a12 = (a << 12) | (a >>> 20)
      const sum = (a12 + e + T[i]) | 0
      const one = (sum << 7) | (sum >>> 25)
      const first = ((i < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + (one ^ a12) + (W[i] ^ W[i + 4])) | 0
      const second = ((i < 16 ? e ^ f ^ g : (e & f) | (~e & g)) + h + one + W[i]) | 0
      d = c; c = (b << 9) | (b >>> 23); b = a; a = first
      h = g; g = (f << 19) | (f >>> 13); f = e; e = second ^ ((second << 9) | (second >>> 23)) ^ ((second << 17) | (second >>> 15))
    }
    state[0] ^= a; state[1] ^= b; state[2] ^= c; state[3] ^= d; state[4] ^= e; state[5] ^= f; state[6] ^= g; state[7] ^= h
  }

  const tail = new Uint8Array(128)
  /** A hash of blocks of 64 bytes, padded as FIPS 180-4 and GB/T 32905 both say: eight words of bytes[from, to). */
  const hashBy = (start, block) => (bytes, from = 0, to = bytes.length) => {
    const state = start.slice()
    const length = to - from
    let at = from
    for (; at + 64 <= to; at += 64) block(state, bytes, at)
    tail.fill(0)
    tail.set(bytes.subarray(at, to))
    tail[to - at] = 0x80
    const size = to - at < 56 ? 64 : 128
    const bits = length * 8
    new DataView(tail.buffer).setUint32(size - 8, Math.floor(bits / 0x100000000))
    new DataView(tail.buffer).setUint32(size - 4, bits >>> 0)
    block(state, tail, 0)
    if (size === 128) block(state, tail, 64)
    return state
  }
  const HASHES = { sha256: hashBy(START, sha256Block), sm3: hashBy(SM3_START, sm3Block) }

  const hex = (words) => Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('')
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const bytesOf = (words) => {
    const bytes = new Uint8Array(32)
    words.forEach((word, place) => new DataView(bytes.buffer).setUint32(place * 4, word))
    return bytes
  }

  class Unreadable extends Error {}

  function lastIndex(bytes, words, before) {
    for (let at = before - words.length; at >= 0; at--) {
      let same = 0
      while (same < words.length && bytes[at + same] === words[same]) same++
      if (same === words.length) return at
    }
    throw new Unreadable('missing')
  }
  function firstIndex(bytes, words) {
    for (let at = bytes.indexOf(words[0]); at >= 0; at = bytes.indexOf(words[0], at + 1)) {
      let same = 0
      while (same < words.length && bytes[at + same] === words[same]) same++
      if (same === words.length) return at
    }
    throw new Unreadable('missing')
  }

  const unreadable = '这不是完整的抽取公告：缺少抬头、#drawn、#changes 或 #end 行，或其中内容损坏。'
  function split(bytes) {
    try {
      const end = lastIndex(bytes, encoder.encode('#end '), bytes.length)
      const middle = firstIndex(bytes, encoder.encode('\n#drawn ')) + 1
      const changes = lastIndex(bytes, encoder.encode('\n#changes '), end) + 1
      const listed = decoder.decode(bytes.subarray(0, middle)).split('\n')
      const drawn = decoder.decode(bytes.subarray(middle, changes)).split('\n')
      const head = JSON.parse(listed[0])
      const name = head.hash ?? 'sha256'
      if (!Object.hasOwn(HASHES, name)) throw new Unreadable('hash')
      const hash = HASHES[name]
      const parts = {
        hash,
        hashName: name,
        end: decoder.decode(bytes.subarray(end)).slice(5).trim(),
        aboveHash: hex(hash(bytes, 0, end)),
        drawnHash: hex(hash(bytes, 0, changes)),
        listHash: hex(hash(bytes, 0, middle)),
        head,
        rows: listed.slice(1, -1),
        told: JSON.parse(drawn[0].slice(7)),
        drawn: drawn.slice(1, -1),
        changes: JSON.parse(decoder.decode(bytes.subarray(changes, end)).slice(9))
      }
      if (parts.head.format !== 'qianshao-draw/1') throw new Unreadable('format')
      return parts
    } catch {
      throw new Unreadable(unreadable)
    }
  }

  /** Decimal text as an exact fraction of two BigInts, or null where it is no number from 0 to 1. */
  function fraction(text) {
    const match = /^(\d+)(?:\.(\d*))?$/.exec(text)
    if (!match) return null
    const digits = match[2] ?? ''
    const top = BigInt(match[1] + digits)
    const bottom = 10n ** BigInt(digits.length)
    return top > bottom ? null : [top, bottom]
  }

  function checkHead(parts, fault) {
    const { head, told } = parts
    if (head.objects !== parts.rows.length) fault(`抬头写明 ${head.objects} 个对象，名单有 ${parts.rows.length} 行。`)
    if (new Set(head.inspectors.map((one) => one.id)).size !== head.inspectors.length) fault('执法人员名单有重复。')
    for (const one of head.inspectors) if (one.certified_until < head.used_until) fault(`执法人员 ${one.id} 的执法证在 ${head.used_until} 前到期，不应纳入抽取。`)
    for (const one of head.departments) for (const [letter, rate] of Object.entries(one.rates)) if (!fraction(rate)) fault(`${one.code} ${letter} 类的抽查比例 ${rate} 不在 0 到 1 之间。`)
    if (parts.aboveHash !== parts.end) fault('公告全文的散列与末行不符：公布后有改动。')
    if (parts.listHash !== told.list_hash) fault(`名单散列不符：公布的是 ${told.list_hash.slice(0, 16)}…，按名单算得 ${parts.listHash.slice(0, 16)}…，名单被改动。`)
    const named = told.beacon ? `\ndrand ${told.beacon.chain} ${told.beacon.round}` : ''
    if (hex(parts.hash(encoder.encode(`qianshao-draw/1\ncommit\n${parts.listHash}\n${told.seed}${named}`))) !== told.commitment) fault('种子与承诺不符：公布的种子、轮次或名单不是承诺时的那一个。')
    if (!(Date.parse(told.drawn_at) > Date.parse(told.committed_at))) fault('抽取时间不晚于承诺时间。')
    if (new Set(told.entered_by).size !== 2) fault('公开随机数应由两名不同的人员录入。')
    if (told.beacon) checkBeacon(told, fault)
  }

  // drand quicknet. Its BLS signature is verified by `qianshao draw verify`; here its hash, its chain and its time.
  const QUICKNET = { chain: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971', genesis: 1692803367, period: 3 }
  function checkBeacon({ beacon, public: number, committed_at, drawn_at }, fault) {
    const signature = Uint8Array.from(beacon.signature.match(/../g) ?? [], (pair) => parseInt(pair, 16))
    if (number !== beacon.randomness || hex(HASHES.sha256(signature)) !== number) fault('公开随机数不是信标签名的 SHA-256。')
    if (beacon.chain !== QUICKNET.chain) return fault('信标不是公认的 drand quicknet 链，不能作为公开随机数。')
    const due = (QUICKNET.genesis + (beacon.round - 1) * QUICKNET.period) * 1000
    if (!(Date.parse(committed_at) < due && due <= Date.parse(drawn_at))) fault(`信标第 ${beacon.round} 轮产生于 ${new Date(due).toISOString().slice(0, 19)}+00:00，不在承诺之后、抽取之前。`)
  }

  /** 人工调整: each concerns an object that was drawn, gives its reason, and leaves a lawful team. */
  function checkChanges(parts, fault) {
    const people = new Map(parts.head.inspectors.map((one) => [one.id, one]))
    const apart = new Set(parts.head.conflicts.map(([who, door]) => `${who}\n${door}`))
    const needsOf = new Map(parts.head.departments.map((one) => [one.code, one.competence]))
    const teams = new Map()
    const wanted = new Map()
    const named = new Set(parts.changes.map((one) => one.object))
    for (const line of named.size ? parts.drawn : []) {
      const cells = line.split('\t')
      if (cells.length !== 3 || !named.has(cells[0])) continue
      teams.set(cells[0], cells[2].startsWith('!') ? [] : cells[2].split(','))
      wanted.set(cells[0], new Set(cells[1].split(',').filter((code) => needsOf.has(code)).map((code) => needsOf.get(code))))
    }
    for (const change of parts.changes) {
      const { object: door, what, kind, leaves, joins } = change
      if (['reason', 'by', 'at'].some((name) => !String(change[name]).trim())) fault(`人工调整 ${door} ${what} 没有写明理由、办理人或时间。`)
      if (kind === undefined) continue
      const team = teams.get(door)
      if (!teams.has(door)) fault(`人工调整的对象 ${door} 没有被抽中。`)
      else if (team === null) fault(`对象 ${door} 已不再检查，却又调整：${what}。`)
      else if (kind === 'pass_over') teams.set(door, null)
      else {
        const after = team.map((who) => (who === leaves ? joins : who))
        const stations = new Set(team.filter((who) => people.has(who)).map((who) => people.get(who).station))
        const held = new Set(after.flatMap((who) => people.get(who)?.competences ?? []))
        const missing = [...wanted.get(door)].filter((name) => !held.has(name)).sort()
        const problems = [
          [!team.includes(leaves), `${leaves} 不在检查组中`],
          [team.includes(joins), `${joins} 已在检查组中`],
          [!people.has(joins) || !stations.has(people.get(joins).station), `${joins} 不在冻结名单的本所人员中`],
          [apart.has(`${joins}\n${door}`), `${joins} 对该对象应当回避`],
          [missing.length > 0, `更换后缺少“${missing.join('、')}”资质`]
        ]
        for (const [found, problem] of problems) if (found) fault(`人工调整 ${door} ${what}：${problem}。`)
        teams.set(door, after)
      }
    }
  }

  function columns(parts, fault) {
    const width = parts.head.departments.length
    const objects = []
    const stations = []
    const classes = []
    let before = ''
    for (let place = 0; place < parts.rows.length; place++) {
      const cells = parts.rows[place].split('\t')
      if (cells.length !== 3 || cells[2].length !== width) {
        fault(`第 ${place + 2} 行的列数或类别个数不对：${parts.rows[place].slice(0, 40)}`)
        return null
      }
      if (cells[0] <= before) fault(`第 ${place + 2} 行的对象 ${cells[0]} 重复或未按编号排序。`)
      before = cells[0]
      objects.push(cells[0])
      stations.push(cells[1])
      classes.push(cells[2])
    }
    const out = new Set(parts.head.excluded.map((one) => one.object))
    if (out.size) for (const one of objects) if (out.has(one)) fault(`对象 ${one} 已排除，却在名单中。`)
    return { objects, stations, classes }
  }

  /** The first 52 bits of the hash of seed ‖ object of every object. */
  function tickets(hash, seed, objects, onProgress) {
    const numbers = new Float64Array(objects.length)
    const message = new Uint8Array(4096)
    message.set(seed)
    const room = message.subarray(32)
    for (let row = 0; row < objects.length; row++) {
      const { written } = encoder.encodeInto(objects[row], room)
      const words = hash(message, 0, 32 + written)
      numbers[row] = words[0] * 0x100000 + (words[1] >>> 12)
      if (onProgress && row % 100000 === 0) onProgress(row / objects.length)
    }
    return numbers
  }

  /** The `count` rows with the smallest tickets; of equal tickets those that stand first. Rows come in order. */
  function smallest(rows, numbers, count) {
    if (count === 0) return []
    const mine = new Float64Array(rows.length)
    for (let place = 0; place < rows.length; place++) mine[place] = numbers[rows[place]]
    const last = mine.slice().sort()[count - 1]
    const below = []
    const level = []
    for (let place = 0; place < rows.length; place++) {
      if (mine[place] < last) below.push(rows[place])
      else if (mine[place] === last) level.push(rows[place])
    }
    return below.concat(level.slice(0, count - below.length))
  }

  function checkStrata(parts, classes, numbers, fault) {
    const told = new Map(parts.told.strata.map((one) => [`${one.department} ${one.letter}`, one]))
    const strata = []
    const chosen = parts.head.departments.map((department, place) => {
      const rowsOf = new Map()
      for (let row = 0; row < classes.length; row++) {
        const letter = classes[row][place]
        if (letter === '-') continue
        const rows = rowsOf.get(letter)
        if (rows) rows.push(row)
        else rowsOf.set(letter, [row])
      }
      const picked = new Set()
      for (const [letter, rows] of rowsOf) if (!(letter in department.rates)) fault(`${department.code} 没有 ${letter} 类的抽查比例，名单中有 ${rows.length} 个。`)
      for (const [letter, rate] of Object.entries(department.rates)) {
        const rows = rowsOf.get(letter) ?? []
        const [top, bottom] = fraction(rate) ?? [0n, 1n]
        const count = Number((top * BigInt(rows.length) + bottom - 1n) / bottom)
        for (const row of smallest(rows, numbers, count)) picked.add(row)
        const stratum = { department: department.code, letter, rate, eligible: rows.length, drawn: count }
        strata.push(stratum)
        const published = told.get(`${department.code} ${letter}`)
        told.delete(`${department.code} ${letter}`)
        if (!published || Object.keys(stratum).some((key) => published[key] !== stratum[key])) fault(`${department.code} ${letter} 类应在 ${rows.length} 个中抽 ${count} 个，公告所写不同。`)
      }
      return picked
    })
    for (const name of told.keys()) fault(`公告多写了 ${name} 类。`)
    return { strata, chosen }
  }

  function officers({ head, hash }, seed) {
    const apart = new Set(head.conflicts.map(([who, door]) => `${who}\n${door}`))
    const stations = new Map()
    const sorted = head.inspectors.slice().sort((one, two) => (one.id < two.id ? -1 : one.id > two.id ? 1 : 0))
    for (const one of sorted) stations.set(one.station, [...(stations.get(one.station) ?? []), one])
    const covered = (team, needs) => [...needs].every((name) => team.some((one) => one.competences.includes(name)))
    function* groups(order, size, from = 0) {
      if (size === 0) yield []
      else for (let place = from; place <= order.length - size; place++) for (const rest of groups(order, size - 1, place + 1)) yield [order[place], ...rest]
    }
    return (door, station, needs) => {
      const rest = (stations.get(station) ?? []).filter((one) => !apart.size || !apart.has(`${one.id}\n${door}`))
      if (rest.length < head.team_size || !covered(rest, needs)) return ''
      const order = []
      const whole = encoder.encode(`\nofficer\n${door}\n`)
      let words = []
      while (rest.length) {
        if (order.length === head.team_size && covered(order, needs)) break
        if (order.length % 8 === 0) {
          const number = encoder.encode(String(order.length / 8))
          const message = new Uint8Array(32 + whole.length + number.length)
          message.set(seed)
          message.set(whole, 32)
          message.set(number, 32 + whole.length)
          words = hash(message)
        }
        const place = rest.length > 1 ? words[order.length % 8] % rest.length : 0
        ;[rest[0], rest[place]] = [rest[place], rest[0]]
        order.push(rest.shift())
      }
      for (let size = head.team_size; size <= Math.max(head.team_size, 4); size++)
        for (const team of groups(order, size)) if (covered(team, needs)) return team.map((one) => one.id).join(',')
      return ''
    }
  }

  function checkDoors(parts, seed, { objects, stations }, numbers, chosen, fault) {
    const departments = parts.head.departments
    const rows = [...new Set(chosen.flatMap((picked) => [...picked]))].sort((one, two) => numbers[one] - numbers[two] || one - two)
    const published = new Map()
    for (const line of parts.drawn) {
      const cells = line.split('\t')
      if (cells.length !== 3 || published.has(cells[0])) fault(`抽中名单的一行重复或列数不对：${line.slice(0, 40)}`)
      published.set(cells[0], [...cells, '', ''])
    }
    const order = [...published.keys()]
    let absent = 0
    const teamOf = officers(parts, seed)
    for (const row of rows) {
      const door = objects[row]
      const mine = departments.filter((_, place) => chosen[place].has(row))
      const codes = mine.map((one) => one.code).join(',')
      const told = published.get(door)
      published.delete(door)
      if (!told) {
        absent++
        fault(`对象 ${door} 应被 ${codes} 抽中，公告中没有。`)
        continue
      }
      if (told[1] !== codes) fault(`对象 ${door} 应被 ${codes} 抽中，公告写的是 ${told[1]}。`)
      const team = teamOf(door, stations[row], new Set(mine.map((one) => one.competence)))
      if (team !== (told[2].startsWith('!') ? '' : told[2])) fault(`对象 ${door} 的检查组应为 ${team || '无法组成'}，公告写的是 ${told[2]}。`)
    }
    for (const door of published.keys()) fault(`对象 ${door} 没有被任何事项抽中，公告却列出。`)
    if (absent === 0 && order.length === rows.length && order.some((door, place) => door !== objects[rows[place]])) fault('抽中名单没有按抽取号排列。')
    if (parts.told.doors !== rows.length) fault(`公告写明抽中 ${parts.told.doors} 户，算得 ${rows.length} 户。`)
    return rows.length
  }

  function verifyDraw(bytes, onProgress) {
    const parts = split(bytes)
    const faults = []
    let more = 0
    const fault = (words) => (faults.length < 50 ? faults.push(words) : more++)
    const report = { title: parts.head.title, objects: parts.rows.length, doors: 0, separate: 0, strata: [], hash: parts.hashName, drawn_hash: parts.drawnHash, changes: parts.changes, faults, told: parts.told, departments: parts.head.departments }
    try {
      return complete(report, parts, fault, onProgress, () => more)
    } catch (problem) {
      throw new Unreadable(`公告内容缺失或格式不对：${problem.message}。`)
    }
  }

  function complete(report, parts, fault, onProgress, more) {
    checkHead(parts, fault)
    const table = columns(parts, fault)
    if (table) {
      const seed = bytesOf(parts.hash(encoder.encode(`qianshao-draw/1\nseed\n${parts.listHash}\n${parts.told.seed}\n${parts.told.public}`)))
      const numbers = tickets(parts.hash, seed, table.objects, onProgress)
      const { strata, chosen } = checkStrata(parts, table.classes, numbers, fault)
      report.strata = strata
      report.doors = checkDoors(parts, seed, table, numbers, chosen, fault)
      report.separate = chosen.reduce((sum, picked) => sum + picked.size, 0)
      checkChanges(parts, fault)
    }
    report.more_faults = more()
    report.holds = report.faults.length === 0
    return report
  }

  root.verifyDraw = verifyDraw
  root.verifyDraw.hash = (name, bytes) => hex(HASHES[name](bytes))
})(globalThis)
