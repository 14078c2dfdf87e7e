import type { Messages } from '@/app/i18n'

export const messages = {
  title: ['留痕核验', 'Audit'],
  verify: ['核验全部留痕', 'Verify the record'],
  verifying: ['正在核验…', 'Verifying…'],
  intact: ['完整：{events} 条留痕、{rows} 行业务数据均与封存一致', 'Intact: {events} events and {rows} business rows agree'],
  broken: ['发现 {n} 处不符', '{n} findings'],
  at: ['时间', 'Time'],
  who: ['行为人', 'Who'],
  verb: ['行为', 'Act'],
  subject: ['对象', 'Subject'],
  place: ['链中序号', 'Place'],
  hash: ['散列', 'Hash'],
  more: ['下一页', 'Next page'],
  none: ['没有留痕', 'No events']
} as const satisfies Messages
