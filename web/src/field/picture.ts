/** Pictures made small on the phone, before they are hashed. What the camera wrote beside the picture (place, device) stays out. */

const LONGEST_SIDE = 1600
const KNOWN = new Set(['image/jpeg', 'image/png', 'image/webp'])

export class UnreadablePicture extends Error {}

export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** The picture as JPEG of at most 1600 pixels on its longer side. */
export async function shrunk(file: Blob): Promise<Blob> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    if (KNOWN.has(file.type)) return file
    throw new UnreadablePicture()
  }
  const size = fitted(bitmap.width, bitmap.height)
  const canvas = document.createElement('canvas')
  canvas.width = size.width
  canvas.height = size.height
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, size.width, size.height)
  bitmap.close()
  return canvasBlob(canvas, 'image/jpeg', 0.82)
}

export function canvasBlob(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new UnreadablePicture())), type, quality)
  })
}
