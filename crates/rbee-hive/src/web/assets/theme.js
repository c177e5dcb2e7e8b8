// The theme that was chosen, before the first paint. "system" is what the browser says.
try {
  document.documentElement.dataset.theme = localStorage.getItem('theme') || 'system'
} catch {
  document.documentElement.dataset.theme = 'system'
}
