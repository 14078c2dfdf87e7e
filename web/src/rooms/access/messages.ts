import type { Messages } from '@/app/i18n'

export const messages = {
  title: ['登录前哨', 'Sign in to Qianshao'],
  username: ['账号', 'Account'],
  password: ['密码', 'Password'],
  enter: ['登录', 'Sign in'],
  lead: ['进一次门，查多项事。', 'Enter once, check many.'],
  lead2: ['知道每一户、守住每一条法、少敲每一扇门。', 'Know every business, keep every rule, knock on fewer doors.'],
  accounts: ['账号', 'Accounts'],
  accountsSub: ['一人一号，一号一岗；变更立即生效', 'One person, one account; changes end open sessions at once'],
  find: ['按账号、姓名、单位筛选', 'Filter by account, name, unit'],
  name: ['姓名', 'Name'],
  role: ['角色', 'Role'],
  unit: ['单位', 'Unit'],
  state: ['状态', 'State'],
  active: ['启用', 'Active'],
  off: ['停用', 'Off'],
  switchOff: ['停用', 'Switch off'],
  switchOn: ['启用', 'Switch on'],
  none: ['没有符合的账号', 'No account fits'],
  open: ['新建账号', 'New account'],
  unitCode: ['单位代码（区 6 位、所 9 位）', 'Unit code (district 6, station 9 digits)'],
  firstPassword: ['初始密码（至少 12 位）', 'First password (12 or more)'],
  save: ['保存', 'Save'],
  cancel: ['取消', 'Cancel']
} as const satisfies Messages
