import type { Messages } from '@/app/i18n'

export const messages = {
  title: ['留痕核验', 'Audit'],
  sub: ['每一次变更都按序封存，改动任何一条都能查出', 'Every change is sealed in order; altering any one of them shows'],
  verify: ['核验全部留痕', 'Verify the record'],
  verifying: ['正在核验…', 'Verifying…'],
  intact: ['完整：{events} 条留痕、{rows} 行业务数据均与封存一致', 'Intact: {events} events and {rows} business rows agree'],
  broken: ['发现 {n} 处不符', '{n} findings'],
  at_place: ['链中第 {n} 条', 'Place {n} of the chain'],
  unsealed: ['待封存', 'Not sealed yet'],
  at: ['时间', 'Time'],
  who: ['行为人', 'Who'],
  verb: ['行为', 'Act'],
  subject: ['对象', 'Subject'],
  place: ['链中序号', 'Place'],
  hash: ['散列', 'Hash'],
  none: ['没有留痕', 'No events']
} as const satisfies Messages

/** What was done, as the event log names it. A verb that stands here not is shown as it is. */
export const verbs = {
  sign_in: ['登录', 'Signed in'],
  sign_out: ['退出', 'Signed out'],
  open_account: ['新建账号', 'Opened an account'],
  change_account: ['变更账号', 'Changed an account'],
  make_sample_accounts: ['建立样例账号', 'Made the sample accounts'],
  load_divisions: ['装入行政区划', 'Loaded the divisions'],
  make_stations: ['建立监管所', 'Made the stations'],
  load_delivery: ['数据入库', 'Took in a file'],
  refuse_delivery: ['拒收文件', 'Refused a file'],
  corrected_row: ['更正隔离行', 'Corrected a row'],
  dismissed_row: ['排除隔离行', 'Dismissed a row'],
  classify: ['风险研判', 'Classed by risk'],
  derive_obligations: ['推定检查义务', 'Derived obligations'],
  freeze_draw: ['冻结抽取名单', 'Froze a list'],
  commit_draw: ['承诺抽取种子', 'Committed a seed'],
  enter_number: ['录入公开随机数', 'Entered the number'],
  numbers_differ: ['两次录入不一致', 'Numbers differed'],
  carry_out_draw: ['抽取', 'Drew'],
  open_draw: ['启封抽取', 'Opened a draw'],
  publish_draw: ['公布抽取', 'Published a draw'],
  cancel_draw: ['作废抽取', 'Cancelled a draw'],
  make_month_plan: ['编制月计划', 'Made a month plan'],
  approve_plan: ['批准计划', 'Approved a plan'],
  withdraw_plan: ['撤回计划', 'Withdrew a plan'],
  receive_visit: ['完成现场检查', 'Carried out a visit'],
  raise_dispute: ['列为争议', 'Raised a dispute'],
  hold_submission: ['暂存提交', 'Held a submission'],
  dismiss_submission: ['不予录入提交', 'Dismissed a submission'],
  store_attachment: ['保存附件', 'Stored an attachment'],
  export_entities: ['导出名录', 'Exported the register'],
  keep_filter: ['保存常用筛选', 'Saved a filter'],
  drop_filter: ['删除常用筛选', 'Deleted a filter']
} as const satisfies Messages

export const subjects = {
  account: ['账号', 'Account'],
  attachment: ['附件', 'Attachment'],
  delivery: ['来文', 'Delivery'],
  division: ['行政区划', 'Division'],
  draw: ['抽取', 'Draw'],
  export: ['导出', 'Export'],
  filter: ['常用筛选', 'Filter'],
  obligations: ['检查义务', 'Obligations'],
  plan: ['月计划', 'Plan'],
  quarantine: ['隔离行', 'Quarantined row'],
  risk_model: ['研判模型', 'Risk model'],
  station: ['监管所', 'Station'],
  submission: ['提交', 'Submission'],
  visit: ['现场检查', 'Visit']
} as const satisfies Messages
