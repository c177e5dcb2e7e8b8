'use strict'
// What the pages need a script for. Everything else is HTML, forms and htmx.

const say = (text) => {
  const said = document.getElementById('said')
  if (said) said.textContent = text
}

// The theme: the system's, light or dark, remembered in this browser.
const themes = ['system', 'light', 'dark']
const themeButton = document.querySelector('button.theme')
const showTheme = () => {
  themeButton.textContent = 'Theme: ' + document.documentElement.dataset.theme
}
themeButton.hidden = false
showTheme()
themeButton.addEventListener('click', () => {
  const root = document.documentElement
  root.dataset.theme = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length]
  try {
    localStorage.setItem('theme', root.dataset.theme)
  } catch {
    // It holds for this page then.
  }
  showTheme()
})

// Browsers that know commands open and close dialogs by themselves.
if (!('command' in HTMLButtonElement.prototype)) {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[command]')
    const dialog = button && document.getElementById(button.getAttribute('commandfor'))
    if (!dialog) return
    if (button.getAttribute('command') === 'close') dialog.close()
    else dialog.showModal()
  })
}

// What takes its time says so, and is not sent twice.
document.addEventListener('submit', (event) => {
  const button = event.submitter
  if (event.defaultPrevented || !button || event.target.method !== 'post') return
  if (event.target.dataset.sent) {
    event.preventDefault()
    return
  }
  event.target.dataset.sent = 'true'
  button.setAttribute('aria-disabled', 'true')
  if (button.dataset.busy) {
    button.textContent = button.dataset.busy
    say(button.dataset.busy)
  }
})
window.addEventListener('pageshow', (event) => {
  // Gone back to: what was sent then can be sent again.
  if (event.persisted) location.reload()
})

// What a page tells once is not told again when it is loaded again.
const address = new URL(location.href)
if (address.searchParams.has('told')) {
  address.searchParams.delete('told')
  address.searchParams.delete('of')
  history.replaceState(history.state, '', address)
}
