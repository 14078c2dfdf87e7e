/**
 * Trusted Types: no string becomes markup or script. Scripts may only come from this very origin (the map's worker);
 * markup from a string is refused, whatever library asks for it, but for emptying an element.
 */
interface Policies {
  createPolicy(name: string, rules: Record<string, (text: string) => string>): unknown
}

const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
policies?.createPolicy('default', {
  createHTML(text: string): string {
    if (text === '') return text
    throw new TypeError('markup from a string is refused')
  },
  createScriptURL(text: string): string {
    const address = new URL(text, location.href)
    if (address.origin === location.origin || address.protocol === 'blob:') return text
    throw new TypeError('scripts come from this origin only')
  }
})
