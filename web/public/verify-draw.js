// The page around verify-draw-core.js: takes a file, shows the verdict. Text only ever enters the page as text.
;(function () {
  'use strict'
  const at = (id) => document.getElementById(id)
  let english = false
  let shown = null
  const say = (zh, en) => (english ? en : zh)
  const number = (value) => value.toLocaleString(english ? 'en' : 'zh-CN')

  function element(kind, text, name = '') {
    const made = document.createElement(kind)
    made.textContent = text
    if (name) made.className = name
    return made
  }
  function fill(id, children) {
    at(id).replaceChildren(...children)
  }

  function translate() {
    document.documentElement.lang = english ? 'en' : 'zh-CN'
    at('language').textContent = english ? '中文' : 'English'
    for (const one of document.querySelectorAll('[data-zh]')) one.textContent = english ? one.dataset.en : one.dataset.zh
    if (shown) show(shown)
  }

  function facts(report) {
    const { told } = report
    const saved = report.separate ? Math.round((1 - report.doors / report.separate) * 1000) / 10 : 0
    return [
      [say('名单对象', 'Objects in the list'), number(report.objects)],
      [say('抽中项次', 'Checks drawn'), number(report.separate)],
      [say('实际进门', 'Doors entered'), `${number(report.doors)}（${say('少进', 'saved')} ${saved}%）`],
      [say('公开随机数', 'Public number'), `${told.public} · ${told.source}`],
      [say('承诺时间', 'Committed'), told.committed_at],
      [say('抽取时间', 'Drawn'), told.drawn_at],
      [say('录入人员', 'Entered by'), told.entered_by.join('、')],
      ...(told.beacon ? [[say('信标', 'Beacon'), say(`第 ${told.beacon.round} 轮；签名请用命令 qianshao draw verify 核验`, `round ${told.beacon.round}; its signature is verified by qianshao draw verify`)]] : []),
      [say('散列算法', 'Hash'), report.hash === 'sm3' ? 'SM3' : 'SHA-256'],
      [say('抽取结果散列', 'Hash of what was drawn'), `${report.drawn_hash}${say('（应与抽取当日公示的一致）', ' (must be the one told on the day of the draw)')}`],
      [say('名单散列', 'Hash of the list'), told.list_hash],
      [say('种子承诺', 'Commitment'), told.commitment]
    ]
  }

  function show(report) {
    shown = report
    at('result').hidden = false
    at('verdict').className = report.holds ? 'good' : 'bad'
    at('verdict').textContent = report.holds
      ? say('✔ 核验通过：全部可以重新算出', '✔ Verified: everything can be computed again')
      : say(`✘ 核验不通过：发现 ${report.faults.length + report.more_faults} 处不符`, `✘ Not verified: ${report.faults.length + report.more_faults} differences`)
    at('title').textContent = report.title
    fill('faults', report.faults.map((one) => element('li', one)))
    fill('facts', facts(report).flatMap(([name, value]) => [element('dt', name), element('dd', value)]))
    const names = new Map(report.departments.map((one) => [one.code, one.name]))
    fill('heads', [say('条线', 'Department'), say('类别', 'Class'), say('比例', 'Rate'), say('可抽', 'Eligible'), say('抽中', 'Drawn')].map((one) => element('th', one)))
    fill(
      'strata',
      report.strata.map((one) => {
        const row = document.createElement('tr')
        row.append(element('td', names.get(one.department) ?? one.department), element('td', one.letter), element('td', one.rate), element('td', number(one.eligible), 'n'), element('td', number(one.drawn), 'n'))
        return row
      })
    )
    at('changed').hidden = report.changes.length === 0
    fill('changes', report.changes.map((one) => element('li', `${one.at} ${one.by}：${one.object} ${one.what}（${one.reason}）`)))
  }

  async function take(file) {
    at('result').hidden = true
    shown = null
    at('state').textContent = say(`正在核验 ${file.name}…`, `Verifying ${file.name}…`)
    const bytes = new Uint8Array(await file.arrayBuffer())
    await new Promise((resolve) => setTimeout(resolve, 50)) // let the words above be seen before the work begins
    const begun = performance.now()
    try {
      show(globalThis.verifyDraw(bytes))
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      at('state').textContent = say(`${file.name}，用时 ${seconds} 秒`, `${file.name}, ${seconds} s`)
    } catch (problem) {
      at('state').textContent = `✘ ${file.name}：${problem.message}`
    }
  }

  // On a server's own page `?draw=5` names a published draw; opened from a disk there is nothing to fetch.
  async function fetchNamed() {
    const number = new URLSearchParams(globalThis.location.search).get('draw')
    if (!/^https?:$/.test(globalThis.location.protocol) || !/^\d{1,15}$/.test(number ?? '')) return
    at('state').textContent = say('正在下载公告…', 'Fetching the announcement…')
    try {
      const answer = await fetch(`/api/public/draws/${number}/announcement`)
      if (!answer.ok) throw new Error(String(answer.status))
      await take(new File([await answer.blob()], `draw-${number}.txt`))
    } catch {
      at('state').textContent = say('✘ 没有取到公告，请下载后在此选择文件。', '✘ The announcement could not be fetched; download it and choose the file here.')
    }
  }
  fetchNamed()

  at('file').addEventListener('change', () => {
    const [file] = at('file').files
    if (file) take(file)
    at('file').value = '' // so that the same file, changed since, can be chosen again
  })
  at('drop').addEventListener('dragover', (event) => event.preventDefault())
  at('drop').addEventListener('drop', (event) => {
    event.preventDefault()
    const [file] = event.dataTransfer.files
    if (file) take(file)
  })
  at('language').addEventListener('click', () => {
    english = !english
    translate()
  })
})()
