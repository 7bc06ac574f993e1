// What the admin runs: htmx, set up for a strict Content-Security-Policy, and our own elements.
import htmx from 'htmx.org';

htmx.config.allowEval = false; // the policy forbids it anyway: hx-on and js: are off
htmx.config.includeIndicatorStyles = false; // an inline style; ours stand in zulauf.css
htmx.config.selfRequestsOnly = true;
