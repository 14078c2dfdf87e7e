import type { Messages } from '@/app/i18n'

export const messages = {
  title: ['数据问题', 'Data problems'],
  sub: ['{n} 行待处理', '{n} rows to settle'],
  deliveries: ['来文', 'Deliveries'],
  quarantine: ['隔离的行', 'Quarantined rows'],
  file: ['文件', 'File'],
  read: ['读出', 'Read'],
  loaded: ['入库', 'Loaded'],
  aside: ['隔离', 'Aside'],
  state: ['状态', 'State'],
  at: ['时间', 'Time'],
  upload: ['上传文件', 'Upload a file'],
  uploading: ['正在读取…', 'Reading…'],
  unchanged: ['{file} 已经入库，内容没有变化。', '{file} is in already; nothing changed.'],
  refused: ['{file} 已退回，没有任何一行入库：{why}', '{file} was refused, no row was taken in: {why}'],
  taken: ['{file}：读出 {read} 行，入库 {loaded} 行，隔离 {aside} 行。', '{file}: read {read}, loaded {loaded}, aside {aside}.'],
  rowNumber: ['行', 'Row'],
  rowOf: ['{file} 第 {n} 行：', '{file}, row {n}:'],
  column: ['列', 'Column'],
  value: ['原值', 'Value'],
  why: ['原因', 'Why'],
  reasonAll: ['全部原因', 'All reasons'],
  correct: ['更正', 'Correct'],
  dismiss: ['排除', 'Dismiss'],
  dismissWhy: ['排除的原因', 'Why dismiss'],
  none: ['没有待处理的行', 'Nothing to settle'],
  noneHint: ['来文里读不懂的行会列在这里，一行不少。', 'Rows that could not be read are listed here, every one of them.'],
  empty: ['（空）', '(empty)'],
  noFiles: ['还没有来文', 'No file yet'],
  deliveriesHint: ['点一份来文，只看它的隔离行', 'Choose a file to see its rows only'],
  feed: ['数据源', 'Source'],
  landed: ['已入湖', 'Landed'],
  save: ['保存', 'Save'],
  cancel: ['取消', 'Cancel'],
  only: ['只需改有误的单元格', 'Change only what is wrong']
} as const satisfies Messages

/** Why a row stands aside, as the server names it. */
export const reasonNames = {
  missing: ['必填项为空', 'Required value missing'],
  bad_credit_code: ['信用代码无效', 'Invalid credit code'],
  bad_date: ['日期无效', 'Invalid date'],
  bad_number: ['数字无效', 'Invalid number'],
  outside_city: ['坐标不在本市', 'Outside the city'],
  too_long: ['文字过长', 'Text too long'],
  unknown_code: ['代码不在代码表内', 'Unknown code'],
  unknown_station: ['监管所不明', 'Unknown station'],
  duplicate: ['同一文件内重复', 'Twice in one file'],
  no_entity: ['找不到主体', 'No such business'],
  ragged: ['列数不符', 'Wrong number of cells']
} as const satisfies Messages
