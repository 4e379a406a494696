import 'graphiql/style.css';
import './style.css';
import './workers';
import { createRoot } from 'react-dom/client';
import { Playground } from './Playground';

createRoot(document.getElementById('playground')!).render(<Playground />);
