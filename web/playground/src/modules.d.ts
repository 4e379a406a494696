declare module 'monaco-editor/esm/vs/*.js?worker' {
  const Construct: new () => Worker;
  export default Construct;
}
