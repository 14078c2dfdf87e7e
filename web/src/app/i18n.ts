import { computed, ref } from 'vue'

export type Language = 'zh' | 'en'
export type Messages = Record<string, readonly [zh: string, en: string]>

const stored = globalThis.localStorage?.getItem('language')
export const language = ref<Language>(stored === 'en' ? 'en' : 'zh')

export function speak(chosen: Language): void {
  language.value = chosen
  globalThis.localStorage?.setItem('language', chosen)
  globalThis.document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
}

/** Texts of a room in the chosen language; `{name}` is filled from the second argument. */
export function useTexts<M extends Messages>(messages: M): (key: keyof M, fill?: Record<string, string | number>) => string {
  const place = computed(() => (language.value === 'zh' ? 0 : 1))
  return (key, fill = {}) => {
    const entry = messages[key] as Messages[string] | undefined
    const text: string = entry ? entry[place.value] ?? '' : String(key)
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(fill[name] ?? ''))
  }
}
