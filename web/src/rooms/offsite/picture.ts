import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { ask, client } from '@/api/client'
import { shrunk } from '@/field/picture'

/** Put a picture on the server's disk under its hash, made small first; returns the hash. */
export async function storePicture(file: File): Promise<string> {
  const content = await shrunk(file)
  const hash = bytesToHex(sha256(new Uint8Array(await content.arrayBuffer())))
  const form = new FormData()
  form.append('sha256', hash)
  form.append('file', content, file.name)
  await ask(client.POST('/api/attachments', { body: { sha256: hash, file: '' }, bodySerializer: () => form }))
  return hash
}
