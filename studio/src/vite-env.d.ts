/// <reference types="vite/client" />
/// <reference types="svelte" />

declare module 'virtual:onnx-runtime' {
  const address: string
  export default address
}
