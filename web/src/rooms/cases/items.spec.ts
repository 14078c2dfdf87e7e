import { describe, expect, it } from 'vitest'
import { distinctItems } from './items'

const item = (text: string, duty: string, note = '') => ({ text, note, duty_name: duty, duty_code: duty, item_code: 'x', basis: '', key: false, rectify_days: 7, attachments: [] })

describe('the findings of an order', () => {
  it('name a question that two duties ask once, with both duties', () => {
    const found = distinctItems([item('执照置于醒目位置', '登记检查'), item('执照置于醒目位置', '年报核查'), item('过期食品', '日常检查')])
    expect(found.map((one) => [one.text, one.duties])).toEqual([['执照置于醒目位置', ['登记检查', '年报核查']], ['过期食品', ['日常检查']]])
  })
  it('stay apart where the notes differ', () => {
    expect(distinctItems([item('过期食品', '甲', '三瓶'), item('过期食品', '甲', '一袋')])).toHaveLength(2)
  })
})
