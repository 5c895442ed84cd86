export default function Page() {
  return <p>page 1 of a catch-all route</p>;
}
