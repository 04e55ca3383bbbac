/* Routes kept in the fragment in, paths out: /app#/users is /app/users. */
/* at path */
() => (location.pathname + location.hash).replace(/\/?#!?\/?/, "/") + location.search
