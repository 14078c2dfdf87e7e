import type { Messages } from '@/app/i18n'

export const messages = {
  pageOf: ['第 {n} 页', 'Page {n}'],
  shown: ['本页 {n} 条', '{n} on this page'],
  previous: ['上一页', 'Previous'],
  next: ['下一页', 'Next'],
  close: ['关闭', 'Close'],
  again: ['重试', 'Try again'],
  broken: ['页面出错，请刷新后重试。', 'Something went wrong. Reload the page.'],
  basis: ['依据：', 'Basis: '],
  remedy: ['办法：', 'What to do: '],
  loading: ['正在载入', 'Loading'],
  mapHint: ['按住 Ctrl 滚动可缩放', 'Hold Ctrl to zoom'],
  mapHintTouch: ['双指移动地图', 'Two fingers move the map']
} as const satisfies Messages
