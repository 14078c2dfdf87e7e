/** The roles in the order of their reach, and how many digits of a division code their unit has. */
export const roles = ['city', 'district', 'station_head', 'officer', 'clerk', 'steward', 'auditor', 'admin'] as const
export type Role = (typeof roles)[number]

const DIGITS: Partial<Record<Role, number>> = { district: 6, station_head: 9, officer: 9, clerk: 9 }

/** Whether a unit of this code is one the role can stand in. */
export function fitsRole(unit: string, role: Role): boolean {
  return unit.length === (DIGITS[role] ?? 4)
}
