export function GET() {
  return new Response('a catch-all API route');
}
