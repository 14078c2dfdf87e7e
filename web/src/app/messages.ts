import type { Messages } from '@/app/i18n'

export const messages = {
  product: ['前哨', 'Qianshao'],
  tagline: ['市场监管一线平台', 'Market supervision, at the door'],
  overview: ['概览', 'Overview'],
  register: ['一户一档', 'Register'],
  obligations: ['检查义务', 'Obligations'],
  duties: ['检查事项', 'Duties'],
  plans: ['检查计划', 'Plans'],
  visits: ['现场检查', 'Visits'],
  rectifications: ['责令改正', 'Rectifications'],
  data: ['数据问题', 'Data problems'],
  accounts: ['账号', 'Accounts'],
  audit: ['留痕核验', 'Audit'],
  field: ['手机检查', 'Field app'],
  signOut: ['退出', 'Sign out'],
  language: ['English', '中文'],
  menu: ['菜单', 'Menu'],
  feedback: ['意见反馈', 'Feedback'],
  skip: ['跳到正文', 'Skip to content'],
  notFound: ['没有这个页面', 'No such page'],
  notFoundHint: ['地址可能有误，或内容不在您的权限范围内。', 'The address may be wrong, or outside your unit.'],
  home: ['回到首页', 'Go home'],
  noPermission: ['您的角色没有此页面的权限', 'Your role may not open this page']
} as const satisfies Messages
