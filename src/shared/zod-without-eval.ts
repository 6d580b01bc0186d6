import { z } from 'zod'

// The page's content security policy forbids eval; zod's compiled parsers need it, its interpreter does not. Zod tries
// eval when the first schema is made, so whoever runs under such a policy imports this before anything with schemas.
z.config({ jitless: true })
