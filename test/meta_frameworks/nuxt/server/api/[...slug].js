import { defineEventHandler } from 'h3';

export default defineEventHandler(() => 'a catch-all API route');
