/** The engine itself: scheduler and runner together. */
