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

// Durations of what goes on count on between two messages.
const seconds = (millis) => {
  const s = Math.max(0, Math.floor(millis / 1000))
  const two = (n) => String(n).padStart(2, '0')
  if (s < 60) return s + ' s'
  if (s < 3600) return Math.floor(s / 60) + 'm ' + two(s % 60) + 's'
  return Math.floor(s / 3600) + 'h ' + two(Math.floor((s % 3600) / 60)) + 'm'
}
const count = () => {
  for (const since of document.querySelectorAll('[data-since]')) {
    since.textContent = seconds(Date.now() - Date.parse(since.dataset.since))
  }
}
count()
setInterval(count, 1000)
document.addEventListener('htmx:afterSettle', count)

// A connection that is made anew goes on where the last one ended.
let last = null
document.addEventListener('htmx:sseMessage', (event) => {
  last = event.detail.lastEventId || last
})
htmx.createEventSource = (url) => {
  const from = new URL(url, location.href)
  if (last) from.searchParams.set('after', last)
  return new EventSource(from)
}

// The log.
const lines = document.getElementById('lines')
if (lines) {
  const find = document.getElementById('find')
  const found = document.getElementById('found')
  const follow = document.getElementById('follow')
  const pause = document.getElementById('pause')
  const copy = document.getElementById('copy')
  const most = 5000 // lines that are kept here; the whole log has all
  const held = [] // what comes while it is paused
  let skipped = false
  for (const tool of [find, follow, pause, copy]) if (tool) tool.hidden = false

  // Follows the end, until one scrolls up, and again when one scrolls down.
  let following = true
  const setFollowing = (on) => {
    following = on
    if (follow) follow.setAttribute('aria-pressed', String(on))
  }
  const toEnd = () => {
    lines.scrollTop = lines.scrollHeight
  }
  const isAtEnd = () => lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40
  const userScrolls = () => requestAnimationFrame(() => setFollowing(isAtEnd()))
  for (const kind of ['wheel', 'touchmove', 'keydown', 'pointerup']) {
    lines.addEventListener(kind, userScrolls, { passive: true })
  }
  if (follow) {
    follow.addEventListener('click', () => {
      setFollowing(!following)
      if (following) toEnd()
    })
  }
  toEnd()

  const trim = () => {
    const surplus = lines.childElementCount - most
    if (surplus <= 0 || (!following && surplus < most)) return
    for (let n = 0; n <= surplus; n++) lines.firstElementChild.remove()
    lines.prepend(gap('Earlier lines'))
  }
  const gap = (what) => {
    const line = document.createElement('span')
    line.className = 'line gap'
    const whole = document.createElement('a')
    whole.href = location.pathname + '/log'
    whole.textContent = 'the whole log'
    line.append(what + ' are not shown here: ', whole, ' has them.\n')
    return line
  }

  // Searching shows the lines that have it, and marks where.
  const marks = window.Highlight && CSS.highlights ? new Highlight() : null
  if (marks) CSS.highlights.set('found', marks)
  const search = () => {
    const wanted = find.value.trim().toLowerCase()
    let hits = 0
    if (marks) marks.clear()
    for (const line of lines.children) {
      const hit = !wanted || line.textContent.toLowerCase().includes(wanted)
      line.classList.toggle('miss', !hit)
      if (wanted && hit) {
        hits += 1
        if (marks && hits <= 500) mark(line, wanted)
      }
    }
    found.textContent = wanted ? hits + (hits === 1 ? ' line' : ' lines') : ''
    if (following) toEnd()
  }
  const mark = (line, wanted) => {
    const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const content = text.data.toLowerCase()
      for (let at = content.indexOf(wanted); at >= 0; at = content.indexOf(wanted, at + 1)) {
        const range = new Range()
        range.setStart(text, at)
        range.setEnd(text, at + wanted.length)
        marks.add(range)
      }
    }
  }
  let soon = 0
  find.addEventListener('input', () => {
    clearTimeout(soon)
    soon = setTimeout(search, 120)
  })

  // Paused, what comes is held back; nothing is lost.
  const isPaused = () => pause && pause.getAttribute('aria-pressed') === 'true'
  const holds = () => {
    const waiting = held.length ? ' (' + held.length + ' lines)' : ''
    pause.textContent = isPaused() ? 'Go on' + waiting : 'Pause'
  }
  const release = () => {
    if (skipped) lines.append(gap('Some lines'))
    skipped = false
    lines.append(...held.splice(0))
    arrived()
  }
  const arrived = () => {
    trim()
    if (find.value) search()
    if (following) toEnd()
  }
  if (pause) {
    pause.addEventListener('click', () => {
      pause.setAttribute('aria-pressed', String(!isPaused()))
      if (!isPaused()) release()
      holds()
    })
  }
  document.addEventListener('htmx:oobBeforeSwap', (event) => {
    if (event.detail.target !== lines || !isPaused()) return
    event.detail.shouldSwap = false
    held.push(...event.detail.fragment.childNodes)
    // Of what came meanwhile there is never more than is shown at all.
    if (held.length > most) {
      held.splice(0, held.length - most)
      skipped = true
    }
    holds()
  })
  document.addEventListener('htmx:oobAfterSwap', (event) => {
    if (event.detail.target === lines) arrived()
  })
  document.addEventListener('htmx:sseClose', () => {
    if (isPaused()) {
      pause.setAttribute('aria-pressed', 'false')
      release()
    }
    for (const tool of [follow, pause]) if (tool) tool.hidden = true
  })

  copy.addEventListener('click', async () => {
    const text = [...lines.children].filter((l) => !l.matches('.miss')).map((l) => l.textContent)
    let done = true
    try {
      await navigator.clipboard.writeText(text.join(''))
    } catch {
      // Without TLS there is no clipboard but that of a selection.
      getSelection().selectAllChildren(lines)
      done = document.execCommand('copy')
      getSelection().removeAllRanges()
    }
    copy.textContent = done ? 'Copied' : 'Not allowed'
    say(done ? 'The log was copied' : 'The browser does not allow to copy')
    setTimeout(() => (copy.textContent = 'Copy'), 2000)
  })
}
