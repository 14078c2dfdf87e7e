import type { Messages } from '@/app/i18n'

export const messages = {
  title: ['责令改正', 'Rectifications'],
  number: ['文书号', 'Number'],
  entity: ['主体', 'Business'],
  station: ['监管所', 'Station'],
  items: ['不符合项', 'Items'],
  ordered: ['下达', 'Ordered'],
  due: ['改正期限', 'Due'],
  state: ['状态', 'State'],
  open: ['整改中', 'Open'],
  overdue: ['逾期未改', 'Overdue'],
  closed: ['已改正', 'Closed'],
  escalated: ['转调查', 'Escalated'],
  all: ['全部', 'All'],
  none: ['没有符合条件的责令改正', 'No order fits'],
  visit: ['检查记录', 'Visit'],
  more: ['下一页', 'Next page'],
  first: ['回到首页', 'First page'],
  basis: ['依据', 'Basis']
} as const satisfies Messages
